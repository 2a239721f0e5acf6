// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../../descriptors/tables/kind.js';
import { timerfdDump } from './dump.js';
import { timerfdKind } from './restore.js';
import { showTimerfd } from './show.js';

/** timerfd_create(2). */
export const timerfd = defineKind({
  type: FdTypes.TIMERFD,
  entry: 'tfd',
  dump: timerfdDump,
  restore: timerfdKind,
  show: { timerfd: showTimerfd },
});
