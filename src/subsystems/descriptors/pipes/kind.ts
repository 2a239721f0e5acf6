// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../tables/kind.js';
import { pipesDump } from './dump.js';
import { pipeKind } from './restore.js';
import { ends } from './show.js';

/** pipe(2). */
export const pipes = defineKind({
  type: FdTypes.PIPE,
  entry: 'pipe',
  dump: pipesDump,
  restore: pipeKind,
  show: { pipe: { name: () => 'pipe', detail: ends } },
});
