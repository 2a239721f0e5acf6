// SPDX-License-Identifier: GPL-2.0-only
import { FileKind } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import type { DumpSubsystem } from '../dump-side.js';
import { tableId } from './table-id.js';

const FD_CLOEXEC = 1;

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

/** Descriptor tables: fdinfo-N.img for each, N being the files_id of the tasks that use it. */
export const descriptorsDump: DumpSubsystem = {
  name: 'descriptors',
  translate(facts, images) {
    for (const task of facts.living) {
      if (task.filesSharedWith) continue;
      const id = tableId(task);
      images.touch('FDINFO', id);
      for (const { fd, cloexec, description } of task.fds) {
        const kind = facts.description(description)?.kind ?? FileKind.UNSUPPORTED;
        const type = TYPES.get(kind);
        if (type === undefined) throw new TypeError(`fd ${fd} of pid ${task.pid} is of kind ${kind}, which should have been refused`);
        images.add('FDINFO', { id: description, flags: cloexec ? FD_CLOEXEC : 0, type, fd }, { id });
      }
    }
  },
};
