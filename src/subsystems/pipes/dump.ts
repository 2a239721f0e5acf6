// SPDX-License-Identifier: GPL-2.0-only
import { FileKind } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import { fown } from '../descriptors/fown.js';
import type { DumpSubsystem } from '../dump-side.js';

/** pipe(2): both ends bear the same pipe_id; the unread bytes are kept once a pipe. */
export const pipesDump: DumpSubsystem = {
  name: 'pipes',
  translate(facts, images) {
    const written = new Set<number>();
    for (const description of facts.survey.descriptions) {
      const { id, flags, pipe } = description;
      if (description.kind !== FileKind.PIPE || !pipe) continue;
      const pipe_id = pipe.id;
      images.add('FILES', { type: FdTypes.PIPE, id, pipe: { id, pipe_id, flags, fown: fown(description) } });
      if (written.has(pipe.id) || (pipe.data.length === 0 && hasLaterData(facts.survey.descriptions, description.id, pipe.id)))
        continue;
      written.add(pipe.id);
      const entry = { pipe_id, bytes: pipe.data.length, size: pipe.capacity, packets: pipe.packets };
      images.add('PIPES_DATA', entry, { data: pipe.data });
    }
  },
};

function hasLaterData(
  all: readonly { id: number; pipe: { id: number; data: Uint8Array } | undefined }[],
  after: number,
  pipe: number,
): boolean {
  return all.some((other) => other.id > after && other.pipe?.id === pipe && other.pipe.data.length > 0);
}
