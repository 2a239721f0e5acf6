// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../../descriptors/tables/kind.js';
import { inetDump } from './dump.js';
import { inetKind } from './restore.js';
import { showInet } from './show.js';

/** tcp(7), udp(7). */
export const inet = defineKind({
  type: FdTypes.INETSK,
  entry: 'isk',
  dump: inetDump,
  restore: inetKind,
  show: { inet: showInet },
});
