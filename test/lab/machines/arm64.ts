// SPDX-License-Identifier: GPL-2.0-only
import type { Machine } from './machine.js';

export const arm64: Machine = {
  debian: 'arm64',
  node: 'arm64',
  target: 'aarch64-unknown-linux-gnu',
  compiler: 'aarch64-linux-gnu-gcc',
  linux: 'arm64',
  image: { goal: 'Image', path: 'arch/arm64/boot/Image' },
  // Pointer authentication by QEMU's own cipher: the architected one takes most of the time there is.
  qemu: ['qemu-system-aarch64', '-M', 'virt', '-cpu', 'max,pauth-impdef=on'],
  console: 'ttyAMA0',
};
