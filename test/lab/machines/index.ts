// SPDX-License-Identifier: GPL-2.0-only
import { arm64 } from './arm64.js';
import type { Machine } from './machine.js';
import { x86_64 } from './x86_64.js';

export type { Machine } from './machine.js';

export const MACHINES: Readonly<Record<string, Machine>> = { x86_64, arm64 };
