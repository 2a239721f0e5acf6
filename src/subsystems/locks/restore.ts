// SPDX-License-Identifier: GPL-2.0-only
import type { FileLockEntry } from '../../images/generated/messages.js';
import { wrong } from '../../model/images.js';
import type { TaskPlan } from '../../restore/plan.js';
import type { RestoreSubsystem } from '../restore-side.js';
import { F_WRLCK, FL_FLOCK, FL_OFD, FL_POSIX } from './numbers.js';

const F_SETLK = 6;
const F_OFD_SETLK = 37;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Locks are taken without waiting: one that somebody else holds by now fails the restore. */
export const locksRestore: RestoreSubsystem = {
  name: 'locks',
  load(images, model) {
    for (const { pid, fd } of images.list('FILE_LOCKS')) {
      const held = model.lookup.hasDescriptor(model.byPid.get(pid), fd);
      if (!held) throw wrong('filelocks.img', `a lock is held through fd ${fd} of pid ${pid}, which is not in the images`);
    }
  },
  task: {
    // Closing any descriptor of a file drops the process's POSIX locks on it: the pool must be closed before.
    final(plan) {
      for (const lock of plan.tree.images.listOf('FILE_LOCKS', 'pid', plan.task.pid)) take(plan, lock);
    },
  },
};

function take({ strand }: TaskPlan, { flag, type, pid, fd, start, len }: FileLockEntry): void {
  const write = (type & F_WRLCK) !== 0;
  const why = `fd ${fd} of pid ${pid}: ${write ? 'write' : 'read'} lock`;
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
      throw wrong('filelocks.img', `fd ${fd} of pid ${pid} has a lock of unknown kind ${flag}`);
  }
}
