// SPDX-License-Identifier: GPL-2.0-only
import type { Pipe } from '../../../facts/generated.js';
import { FdTypes } from '../../../images/generated/enums.js';
import { num } from '../../../images/wire/u64.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { fown } from '../tables/fown.js';

/** Of an inode: pipefs has one for each pipe. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** pipe(2): both ends bear the same pipe_id; the unread bytes are kept once a pipe. */
export const pipesDump: DumpSubsystem = {
  name: 'pipes',
  translate(facts, images) {
    /** One description of each has the bytes. */
    const contents = new Map<number, Pipe>();
    const owners = new Map<number, Owner>();
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'pipe') continue;
      const { id, flags, pipe } = description;
      // pipefs numbers its inodes by 32 bits (get_next_ino, fs/inode.c), and so do images.
      const pipe_id = num(pipe.id);
      images.add('FILES', { type: FdTypes.PIPE, id, pipe: { id, pipe_id, flags, fown: fown(description) } });
      const { uid, gid, file } = description;
      if (file) owners.set(pipe_id, { uid, gid, mode: file.mode & 0o7777 });
      if (!contents.has(pipe_id) || pipe.data.length > 0) contents.set(pipe_id, pipe);
    }
    for (const [pipe_id, { data, capacity, packets, plain }] of contents)
      images.add('PIPES_DATA', { pipe_id, bytes: data.length, size: capacity, packets, plain, ...owners.get(pipe_id) }, { data });
  },
};
