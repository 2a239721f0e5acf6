// SPDX-License-Identifier: GPL-2.0-only
import { credentialsDump } from './credentials/dump.js';
import { descriptorsDump } from './descriptors/dump.js';
import type { DumpSubsystem } from './dump-side.js';
import { epollDump } from './epoll/dump.js';
import { eventfdDump } from './eventfd/dump.js';
import { fifosDump } from './fifos/dump.js';
import { filesDump, specialFilesDump } from './files/dump.js';
import { fsDump } from './fs/dump.js';
import { ghostsDump } from './ghosts/dump.js';
import { inetDump } from './inet/dump.js';
import { limitsDump } from './limits/dump.js';
import { locksDump } from './locks/dump.js';
import { memfdDump } from './memfd/dump.js';
import { memoryDump } from './memory/dump.js';
import { pipesDump } from './pipes/dump.js';
import { schedulingDump } from './scheduling/dump.js';
import { signalfdDump } from './signalfd/dump.js';
import { signalsDump } from './signals/dump.js';
import { tasksDump } from './tasks/dump.js';
import { threadsDump } from './threads/dump.js';
import { timerfdDump } from './timerfd/dump.js';
import { timersDump } from './timers/dump.js';
import { ttyDump } from './tty/dump.js';
import { unixDump } from './unix/dump.js';

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
  filesDump,
  memfdDump,
  pipesDump,
  fifosDump,
  ttyDump,
  unixDump,
  inetDump,
  eventfdDump,
  timerfdDump,
  signalfdDump,
  epollDump,
  locksDump,
  specialFilesDump,
  ghostsDump,
];
