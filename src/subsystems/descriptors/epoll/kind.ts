// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../tables/kind.js';
import { epollDump } from './dump.js';
import { epollKind } from './restore.js';

const SHOWN = 8;

/** epoll(7). */
export const epoll = defineKind({
  type: FdTypes.EVENTPOLL,
  entry: 'epfd',
  dump: epollDump,
  restore: epollKind,
  show: {
    epoll: {
      name: () => 'epoll',
      detail({ epoll: { targets } }) {
        if (targets.length === 0) return 'watches nothing';
        const names = targets.slice(0, SHOWN).map(({ fd }) => `fd ${fd}`);
        return `watches ${names.join(', ')}${targets.length > SHOWN ? ` and ${targets.length - SHOWN} more` : ''}`;
      },
    },
  },
});
