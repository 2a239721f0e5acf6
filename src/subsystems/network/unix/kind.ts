// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../../descriptors/tables/kind.js';
import { unixDump } from './dump.js';
import { unixKind } from './restore.js';
import { showUnix } from './show.js';

/** unix(7). */
export const unix = defineKind({
  type: FdTypes.UNIXSK,
  entry: 'usk',
  dump: unixDump,
  restore: unixKind,
  show: { unix: showUnix },
});
