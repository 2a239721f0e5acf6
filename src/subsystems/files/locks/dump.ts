// SPDX-License-Identifier: GPL-2.0-only
import { LockKind } from '../../../facts/generated.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { F_RDLCK, F_WRLCK, FL_FLOCK, FL_OFD, FL_POSIX } from './numbers.js';

const FLAGS = new Map<LockKind, number>([
  [LockKind.POSIX, FL_POSIX],
  [LockKind.FLOCK, FL_FLOCK],
  [LockKind.OFD, FL_OFD],
]);

/** Locks on files: of a process (fcntl), or of a description (flock, OFD). */
export const locksDump: DumpSubsystem = {
  name: 'locks',
  *refuse(facts) {
    for (const { pid, fd, kind } of facts.survey.locks) {
      if (FLAGS.has(kind)) continue;
      yield facts.refusal(pid, {
        fd,
        kind: 'file lease',
        cause: 'leases are not restored yet',
        hint: 'give the lease up first (F_UNLCK)',
      });
    }
  },
  translate(facts, images) {
    for (const { pid, fd, kind, write, start, length, description } of facts.survey.locks) {
      const flag = FLAGS.get(kind) ?? 0;
      const file = fd < 0 ? { file_id: description } : {};
      images.add('FILE_LOCKS', { flag, type: write ? F_WRLCK : F_RDLCK, pid, fd, start, len: length, ...file });
    }
  },
};
