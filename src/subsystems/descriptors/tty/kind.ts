// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../tables/kind.js';
import { ttyDump } from './dump.js';
import { ttyKind } from './restore.js';
import { showTty } from './show.js';

/** Pseudo-terminals, and /dev/tty. */
export const tty = defineKind({
  type: FdTypes.TTY,
  entry: 'tty',
  dump: ttyDump,
  restore: ttyKind,
  show: { tty: showTty },
});
