// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../../images/generated/messages.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { kindOf, makeDescription } from '../../descriptors/tables/make.js';
import { ownedByRoot, setOwner } from '../../descriptors/tables/owners.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { filesIn } from './send.js';

/** Descriptions that only unread messages hold: the root does for them what holders do for all others, at their pool numbers. */
export const inFlightRestore: RestoreSubsystem = {
  name: 'in-flight',
  tree: {
    /** They are there before anything is linked, as all else is. */
    pool(plan) {
      for (const id of carried(plan)) makeDescription(plan, id);
    },
  },
  task: {
    process(plan) {
      for (const [file, at] of onlyInFlight(plan)) if (ownedByRoot(plan.tree.model, file)) setOwner(plan, file, at);
    },
    /** The last that is done before the pool is closed. */
    joined(plan) {
      for (const [file, at] of onlyInFlight(plan)) {
        if (!ownedByRoot(plan.tree.model, file)) setOwner(plan, file, at);
        kindOf(file).arm?.(plan, file, at);
      }
    },
  },
};

function carried({ images }: TreePlan): Set<number> {
  return new Set(images.list('SK_QUEUES').flatMap(filesIn));
}

function* onlyInFlight({ tree, task }: TaskPlan): Generator<[FileEntry, number]> {
  const { model, pool } = tree;
  if (task !== model.root) return;
  const ids = carried(tree);
  if (ids.size > 0) for (const { fds } of model.tables) for (const { file } of fds) ids.delete(file);
  for (const id of ids) {
    const file = model.files.get(id);
    if (file) yield [file, pool.file(id)];
  }
}
