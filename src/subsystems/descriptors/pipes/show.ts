// SPDX-License-Identifier: GPL-2.0-only

import type { Description, Pipe } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { O_ACCMODE, O_PATH, O_RDWR, O_WRONLY } from '../../../linux/fcntl.js';
import { bytes } from '../../../text/units.js';
import { pathOf } from '../../files/regular/show.js';
import { type DescriptionOf, type Look, words } from '../../show-side.js';

/** Who is at the other end, and what lies unread in it. */
export function ends(description: DescriptionOf<'pipe' | 'fifo'>, { facts, holders, pid }: Look): string {
  const path = description.kind === 'fifo' ? pathOf(description) : undefined;
  if (description.flags & O_PATH) return path ?? '';
  const all = endsOf(facts, description);
  const mode = description.flags & O_ACCMODE;
  const other = all.filter(
    ({ id, flags }) => id !== description.id && ((flags & O_ACCMODE) === O_RDWR || (flags & O_ACCMODE) !== mode),
  );
  const far = holders.text(
    other.map(({ id }) => id),
    pid,
  );
  const pipes = all.map(pipeOf);
  const outside = pipes.some((pipe) => (mode === O_WRONLY ? pipe?.readerOutside : pipe?.writerOutside));
  const unread = pipes.reduce((sum, pipe) => sum + (pipe?.data.length ?? 0), 0);
  const capacity = Math.max(...pipes.map((pipe) => pipe?.capacity ?? 0));
  return words(
    path,
    mode === O_RDWR ? 'both ends' : `${mode === O_WRONLY ? 'to' : 'from'} ${far ?? (outside ? 'a process outside' : 'nobody')}`,
    mode !== O_RDWR && far !== undefined && outside && 'and a process outside',
    unread > 0 && `${bytes(unread)} of ${bytes(capacity)} unread`,
  );
}

function endsOf({ survey }: Facts, description: Description): readonly Description[] {
  const number = pipeOf(description)?.number;
  if (!number) return [description];
  return survey.descriptions.filter((other) => pipeOf(other)?.number === number && !(other.flags & O_PATH));
}

function pipeOf({ pipe, fifo }: Description): Pipe | undefined {
  return pipe ?? fifo;
}
