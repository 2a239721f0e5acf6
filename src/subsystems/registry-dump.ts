// SPDX-License-Identifier: GPL-2.0-only

import { descriptorsDump } from './descriptors/tables/dump.js';
import type { DumpSubsystem } from './dump-side.js';
import { fsDump } from './files/fs/dump.js';
import { ghostsDump } from './files/ghosts/dump.js';
import { locksDump } from './files/locks/dump.js';
import { specialFilesDump } from './files/regular/dump.js';
import { KINDS } from './kinds.js';
import { memoryDump } from './memory/mappings/dump.js';
import { credentialsDump } from './task/credentials/dump.js';
import { limitsDump } from './task/limits/dump.js';
import { schedulingDump } from './task/scheduling/dump.js';
import { signalsDump } from './task/signals/dump.js';
import { tasksDump } from './task/tasks/dump.js';
import { threadsDump } from './task/threads/dump.js';
import { timersDump } from './time/timers/dump.js';

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
