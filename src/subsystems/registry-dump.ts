// SPDX-License-Identifier: GPL-2.0-only
import { credentialsDump } from './credentials/dump.js';
import { descriptorsDump } from './descriptors/dump.js';
import type { DumpSubsystem } from './dump-side.js';
import { specialFilesDump } from './files/dump.js';
import { fsDump } from './fs/dump.js';
import { ghostsDump } from './ghosts/dump.js';
import { KINDS } from './kinds.js';
import { limitsDump } from './limits/dump.js';
import { locksDump } from './locks/dump.js';
import { memoryDump } from './memory/dump.js';
import { schedulingDump } from './scheduling/dump.js';
import { signalsDump } from './signals/dump.js';
import { tasksDump } from './tasks/dump.js';
import { threadsDump } from './threads/dump.js';
import { timersDump } from './timers/dump.js';

/** In the order in which they translate: those that refer to files come before those that describe them. */
export const DUMP_SUBSYSTEMS: readonly DumpSubsystem[] = [
  tasksDump,
  threadsDump,
  signalsDump,
  timersDump,
  credentialsDump,
  schedulingDump,
  limitsDump,
  fsDump,
  memoryDump,
  descriptorsDump,
  ...KINDS.map(({ dump }) => dump),
  locksDump,
  specialFilesDump,
  ghostsDump,
];
