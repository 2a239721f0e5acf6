// SPDX-License-Identifier: GPL-2.0-only

import { descriptorsRestore } from './descriptors/tables/restore.js';
import { ttyRestore } from './descriptors/tty/restore.js';
import { fsRestore } from './files/fs/restore.js';
import { ghostNamesRestore, ghostsRestore } from './files/ghosts/restore.js';
import { locksRestore } from './files/locks/restore.js';
import { filesRestore } from './files/regular/restore.js';
import { memoryRestore } from './memory/mappings/restore.js';
import { memfdRestore } from './memory/memfd/restore.js';
import { inetRestore } from './network/inet/restore.js';
import { inFlightRestore } from './network/unix/in-flight.js';
import { unixRestore } from './network/unix/restore.js';
import type { RestoreSubsystem } from './restore-side.js';
import { credentialsRestore } from './task/credentials/restore.js';
import { inheritedRestore } from './task/inherited/restore.js';
import { limitsRestore } from './task/limits/restore.js';
import { schedulingRestore } from './task/scheduling/restore.js';
import { signalsRestore } from './task/signals/restore.js';
import { tasksRestore } from './task/tasks/restore.js';
import { threadsRestore } from './task/threads/restore.js';
import { timersRestore } from './time/timers/restore.js';

/** In the order in which they work within a phase. */
export const RESTORE_SUBSYSTEMS: readonly RestoreSubsystem[] = [
  inheritedRestore,
  tasksRestore,
  ghostsRestore,
  filesRestore,
  ttyRestore,
  descriptorsRestore,
  inFlightRestore,
  unixRestore,
  inetRestore,
  fsRestore,
  memoryRestore,
  memfdRestore,
  threadsRestore,
  signalsRestore,
  schedulingRestore,
  limitsRestore,
  timersRestore,
  credentialsRestore,
  locksRestore,
  ghostNamesRestore,
];
