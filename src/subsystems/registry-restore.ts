// SPDX-License-Identifier: GPL-2.0-only
import { credentialsRestore } from './credentials/restore.js';
import { descriptorsRestore } from './descriptors/restore.js';
import { filesRestore } from './files/restore.js';
import { fsRestore } from './fs/restore.js';
import { ghostNamesRestore, ghostsRestore } from './ghosts/restore.js';
import { inetRestore } from './inet/restore.js';
import { limitsRestore } from './limits/restore.js';
import { locksRestore } from './locks/restore.js';
import { memfdRestore } from './memfd/restore.js';
import { memoryRestore } from './memory/restore.js';
import type { RestoreSubsystem } from './restore-side.js';
import { schedulingRestore } from './scheduling/restore.js';
import { signalsRestore } from './signals/restore.js';
import { tasksRestore } from './tasks/restore.js';
import { threadsRestore } from './threads/restore.js';
import { timersRestore } from './timers/restore.js';
import { ttyRestore } from './tty/restore.js';
import { inFlightRestore } from './unix/in-flight.js';
import { unixRestore } from './unix/restore.js';

/** In the order in which they work within a phase. */
export const RESTORE_SUBSYSTEMS: readonly RestoreSubsystem[] = [
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
