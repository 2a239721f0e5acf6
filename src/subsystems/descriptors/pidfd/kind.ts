// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../tables/kind.js';
import { pidfdDump } from './dump.js';
import { pidfdKind } from './restore.js';

/** pidfd_open(2). */
export const pidfd = defineKind({
  type: FdTypes.PIDFD,
  entry: 'pidfd',
  dump: pidfdDump,
  restore: pidfdKind,
  show: {
    pidfd: {
      name: () => 'pidfd',
      detail({ pidfd: { pid } }, { facts }) {
        if (pid < 0) return 'of a process that has ended';
        if (pid === 0) return 'of a process out of sight';
        return `of ${pid}${facts.task(pid) ? '' : ', outside'}`;
      },
    },
  },
});
