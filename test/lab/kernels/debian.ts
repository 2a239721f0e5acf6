// SPDX-License-Identifier: GPL-2.0-only
import { join } from 'node:path';
import type { Machine } from '../machines/index.js';
import type { Kernel } from './kernel.js';

/** The one that came with the root file system. */
export async function debianKernel(_machine: Machine, debian: string): Promise<Kernel> {
  return { image: join(debian, 'vmlinuz'), modules: join(debian, 'modules'), parameters: '' };
}
