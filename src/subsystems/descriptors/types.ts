// SPDX-License-Identifier: GPL-2.0-only
import { type Description, FileKind } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import { O_PATH } from '../../linux/fcntl.js';

const TYPES = new Map<FileKind, FdTypes>([
  [FileKind.REGULAR, FdTypes.REG],
  [FileKind.DIRECTORY, FdTypes.REG],
  [FileKind.CHARACTER, FdTypes.REG],
  [FileKind.SYMLINK, FdTypes.REG],
  [FileKind.SOCKET_PATH, FdTypes.REG],
  [FileKind.BLOCK, FdTypes.REG],
  [FileKind.FIFO, FdTypes.FIFO],
  [FileKind.PIPE, FdTypes.PIPE],
  [FileKind.EVENTFD, FdTypes.EVENTFD],
  [FileKind.EPOLL, FdTypes.EVENTPOLL],
  [FileKind.TIMERFD, FdTypes.TIMERFD],
  [FileKind.SIGNALFD, FdTypes.SIGNALFD],
  [FileKind.MEMFD, FdTypes.MEMFD],
  [FileKind.TTY_MASTER, FdTypes.TTY],
  [FileKind.TTY_SLAVE, FdTypes.TTY],
  [FileKind.TTY_CURRENT, FdTypes.TTY],
  [FileKind.UNIX, FdTypes.UNIXSK],
  [FileKind.INET, FdTypes.INETSK],
]);

/** Its type in files.img; undefined for what should have been refused. O_PATH refers to the path, whatever is there. */
export function fileType({ kind, flags }: Description): FdTypes | undefined {
  return flags & O_PATH && TYPES.has(kind) ? FdTypes.REG : TYPES.get(kind);
}

/** Whatever is opened by its path, and has no state of its own but a position. */
export function isByPath(description: Description): boolean {
  return fileType(description) === FdTypes.REG;
}
