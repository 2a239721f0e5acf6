// SPDX-License-Identifier: GPL-2.0-only
import type { Description, DescriptionKind } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import { isByPath } from '../files/by-path.js';

const TYPES = {
  regular: FdTypes.REG,
  directory: FdTypes.REG,
  characterDevice: FdTypes.REG,
  blockDevice: FdTypes.REG,
  symlink: FdTypes.REG,
  socketFile: FdTypes.REG,
  fifo: FdTypes.FIFO,
  pipe: FdTypes.PIPE,
  eventfd: FdTypes.EVENTFD,
  epoll: FdTypes.EVENTPOLL,
  timerfd: FdTypes.TIMERFD,
  signalfd: FdTypes.SIGNALFD,
  memfd: FdTypes.MEMFD,
  tty: FdTypes.TTY,
  unix: FdTypes.UNIXSK,
  inet: FdTypes.INETSK,
} satisfies Record<DescriptionKind, FdTypes>;

/** Its type in files.img; undefined for what should have been refused. */
export function fileType(description: Description): FdTypes | undefined {
  if (isByPath(description)) return FdTypes.REG;
  return description.kind && TYPES[description.kind];
}
