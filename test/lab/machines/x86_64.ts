// SPDX-License-Identifier: GPL-2.0-only
import type { Machine } from './machine.js';

export const x86_64: Machine = {
  debian: 'amd64',
  node: 'x64',
  target: 'x86_64-unknown-linux-gnu',
  compiler: 'x86_64-linux-gnu-gcc',
  linux: 'x86_64',
  image: { goal: 'bzImage', path: 'arch/x86/boot/bzImage' },
  qemu: ['qemu-system-x86_64', '-M', 'q35', '-cpu', 'max'],
  console: 'ttyS0',
};
