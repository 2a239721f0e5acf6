// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../tables/kind.js';
import { signalfdDump } from './dump.js';
import { signalfdKind } from './restore.js';
import { showSignalfd } from './show.js';

/** signalfd(2). */
export const signalfd = defineKind({
  type: FdTypes.SIGNALFD,
  entry: 'sgfd',
  dump: signalfdDump,
  restore: signalfdKind,
  show: { signalfd: showSignalfd },
});
