// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { ends } from '../pipes/show.js';
import { defineKind } from '../tables/kind.js';
import { fifosDump } from './dump.js';
import { fifoKind } from './restore.js';

/** fifo(7). Flags and owner are those of the entry for its path. */
export const fifos = defineKind({
  type: FdTypes.FIFO,
  entry: (model, { fifo }) => (fifo?.regf_id === undefined ? undefined : model.files.get(fifo.regf_id)?.reg),
  dump: fifosDump,
  restore: fifoKind,
  show: { fifo: { name: () => 'fifo', detail: ends } },
});
