// SPDX-License-Identifier: GPL-2.0-only
import { debianKernel } from './debian.js';
import { stasisKernel } from './stasis.js';

export type { Kernel } from './kernel.js';

/** The kernels of the lab, each of which gets a machine and the folder of its Debian. */
export const KERNELS = { debian: debianKernel, stasis: stasisKernel };

export type KernelName = keyof typeof KERNELS;
