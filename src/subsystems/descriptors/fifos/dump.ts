// SPDX-License-Identifier: GPL-2.0-only
import type { Pipe } from '../../../facts/generated.js';
import { FdTypes } from '../../../images/generated/enums.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { addRemap } from '../../files/ghosts/remap.js';
import { isByPath } from '../../files/regular/by-path.js';
import { regFile } from '../../files/regular/entry.js';
import { fown } from '../tables/fown.js';

/** fifo(7): each description has a file entry for its path besides; the unread bytes are kept once a FIFO. */
export const fifosDump: DumpSubsystem = {
  name: 'fifos',
  translate(facts, images) {
    const contents = new Map<number, Pipe>();
    for (const description of facts.survey.descriptions) {
      const { id, kind, file, flags, fifo } = description;
      if (kind !== 'fifo' || isByPath(description) || !file) continue;
      const regf_id = facts.files.fresh();
      images.add('FILES', {
        type: FdTypes.REG,
        id: regf_id,
        reg: regFile(regf_id, file, { flags, pos: 0, fown: fown(description) }),
      });
      addRemap(facts, images, regf_id, file);
      images.add('FILES', {
        type: FdTypes.FIFO,
        id,
        fifo: { id, pipe_id: fifo.number, regf_id, awaits_writer: fifo.awaitsWriter },
      });
      const known = contents.get(fifo.number);
      if (!known || fifo.data.length > 0) contents.set(fifo.number, fifo);
    }
    for (const [pipe_id, { capacity, data, packets, plain }] of contents)
      images.add('FIFO_DATA', { pipe_id, bytes: data.length, size: capacity, packets, plain }, { data });
  },
};
