// SPDX-License-Identifier: GPL-2.0-only
import { epollKind } from '../epoll/restore.js';
import { eventfdKind } from '../eventfd/restore.js';
import { fifoKind } from '../fifos/restore.js';
import { fileKind } from '../files/restore.js';
import { inetKind } from '../inet/restore.js';
import { memfdKind } from '../memfd/restore.js';
import { pipeKind } from '../pipes/restore.js';
import { signalfdKind } from '../signalfd/restore.js';
import { timerfdKind } from '../timerfd/restore.js';
import { ttyKind } from '../tty/restore.js';
import { unixKind } from '../unix/restore.js';
import type { DescriptorKind } from './kind.js';
import { registerKinds } from './make.js';

const KINDS: readonly DescriptorKind[] = [
  epollKind,
  eventfdKind,
  fifoKind,
  fileKind,
  inetKind,
  memfdKind,
  pipeKind,
  signalfdKind,
  timerfdKind,
  ttyKind,
  unixKind,
];

registerKinds(KINDS);
