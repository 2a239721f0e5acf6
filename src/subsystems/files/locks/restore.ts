// SPDX-License-Identifier: GPL-2.0-only

import type { FileLockEntry } from '../../../images/generated/messages.js';
import { wrong } from '../../../model/images.js';
import { hasDescriptor } from '../../../model/lookup.js';
import type { Strand } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { F_WRLCK, FL_FLOCK, FL_OFD, FL_POSIX } from './numbers.js';

const F_SETLK = 6;
const F_OFD_SETLK = 37;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Locks are taken without waiting: one that somebody else holds by now fails the restore. */
export const locksRestore: RestoreSubsystem = {
  name: 'locks',
  load(model) {
    const { images } = model;
    for (const lock of images.list('FILE_LOCKS')) {
      const { pid, fd } = lock;
      if (isInFlight(lock) && model.files.has(lock.file_id)) continue;
      const held = hasDescriptor(model, model.byPid.get(pid), fd);
      if (!held) throw wrong('filelocks.img', `a lock is held through fd ${fd} of pid ${pid}, which is not in the images`);
    }
  },
  task: {
    /** Of descriptions that are only in flight, while they have their pool numbers. */
    joined({ tree, task, strand }) {
      if (task !== tree.model.root) return;
      for (const lock of tree.images.list('FILE_LOCKS'))
        if (isInFlight(lock)) take(strand, lock, tree.pool.file(lock.file_id), `file ${lock.file_id} in flight`);
    },
    // Closing any descriptor of a file drops the process's POSIX locks on it: the pool must be closed before.
    final({ tree, task, strand }) {
      for (const lock of tree.images.listOf('FILE_LOCKS', 'pid', task.pid))
        if (!isInFlight(lock)) take(strand, lock, lock.fd, `fd ${lock.fd} of pid ${task.pid}`);
    },
  },
};

/** No number leads to its description. */
function isInFlight<L extends Pick<FileLockEntry, 'fd' | 'file_id'>>(lock: L): lock is L & { readonly file_id: number } {
  return lock.fd < 0 && lock.file_id !== undefined;
}

function take(strand: Strand, { flag, type, start, len }: FileLockEntry, fd: number, who: string): void {
  const write = (type & F_WRLCK) !== 0;
  const why = `${who}: ${write ? 'write' : 'read'} lock`;
  switch (flag) {
    case FL_FLOCK:
      strand.call('flock', [fd, (write ? LOCK_EX : LOCK_SH) | LOCK_NB], { why });
      break;
    case FL_POSIX:
    case FL_OFD: {
      // struct flock: l_type and l_whence (2 bytes each, then padding), l_start, l_len, l_pid.
      const flock = strand.words([write ? F_WRLCK : 0, start, len, 0]);
      strand.call('fcntl', [fd, flag === FL_POSIX ? F_SETLK : F_OFD_SETLK, flock], { why: `${why} from ${start}` });
      break;
    }
    default:
      throw wrong('filelocks.img', `${who} has a lock of unknown kind ${flag}`);
  }
}
