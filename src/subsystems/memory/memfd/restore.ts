// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../../images/generated/messages.js';
import { O_ACCMODE, O_RDWR, SEEK_SET } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Task } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { F_SEAL_SEAL, filesOf, firstOf, isMapped, memfdBase, memfdDescription } from './object.js';

const F_ADD_SEALS = 1033;

/** Descriptions of memfds; all of one memory lead to one object. */
export const memfdKind: DescriptorKind = {
  related: (model, { memfd }) =>
    memfd
      ? filesOf(model, memfd.inode_id)
          .slice(0, 1)
          .map(({ id }) => id)
      : [],
  /** Mappings are made of what all tasks inherit. One that nobody may write to is made by a description beside it. */
  alone: (model, { memfd }) =>
    memfd !== undefined && !isMapped(model, memfd.inode_id) && filesOf(model, memfd.inode_id).some(mayWrite),
  create(plan, file, at) {
    if (!file.memfd) throw wrong('files.img', `file ${file.id} is a memfd without memfd`);
    const { inode_id, flags, pos } = file.memfd;
    const why = `memfd ${inode_id}, file ${file.id}`;
    memfdDescription(plan, inode_id, flags, at, `${why}: open`);
    setStatus(plan.root, at, flags, why);
    if (pos) plan.root.call('lseek', [at, pos, SEEK_SET], { why: `${why}: position ${pos}` });
  },
};

function mayWrite({ memfd }: FileEntry): boolean {
  return memfd !== undefined && (memfd.flags & O_ACCMODE) === O_RDWR;
}

/** Seals: when the memory has its content. */
export const memfdRestore: RestoreSubsystem = {
  name: 'memfd',
  task: {
    seal({ tree, task, strand }) {
      for (const { at, seals, what } of derived(tree, SEALED).get(task) ?? [])
        strand.call('fcntl', [at, F_ADD_SEALS, seals], { why: `${what}: seals` });
    },
  },
};

interface Sealed {
  readonly at: number;
  readonly seals: number;
  readonly what: string;
}

/** By the task that seals it, through the description that it was made by. */
const SEALED = new Derived((tree: TreePlan) => {
  const all = new Map<Task, Sealed[]>();
  for (const { inode_id, seals, name } of tree.images.list('MEMFD_INODE')) {
    if (!seals || seals === F_SEAL_SEAL) continue;
    // Descriptions tell it by 32 bits: nobody has one beyond.
    const place = placeOf(tree, Number(inode_id));
    if (!place) continue;
    const known = all.get(place.task) ?? [];
    all.set(place.task, known);
    known.push({ at: place.at, seals, what: `memfd ${inode_id} (${name})` });
  }
  return all;
});

function placeOf(tree: TreePlan, inode: number): { readonly task: Task; readonly at: number } | undefined {
  const { model, makers, pool } = tree;
  const first = firstOf(model, makers, inode);
  const [holder] = first ? makers.holders(first.id) : [];
  if (holder) return { task: holder.table.owner, at: holder.fd };
  return pool.has(`memfd:${inode}`) ? { task: model.root, at: memfdBase(tree, inode) } : undefined;
}
