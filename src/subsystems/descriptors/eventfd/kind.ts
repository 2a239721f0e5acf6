// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { words } from '../../show-side.js';
import { defineKind } from '../tables/kind.js';
import { eventfdDump } from './dump.js';
import { eventfdKind } from './restore.js';

/** eventfd(2). */
export const eventfd = defineKind({
  type: FdTypes.EVENTFD,
  entry: 'efd',
  dump: eventfdDump,
  restore: eventfdKind,
  show: {
    eventfd: {
      name: () => 'eventfd',
      detail: ({ eventfd: { count, semaphore } }) => words(`count ${count}`, semaphore && 'semaphore'),
    },
  },
});
