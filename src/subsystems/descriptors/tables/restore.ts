// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry } from '../../../images/generated/messages.js';
import type { TaskPlan } from '../../../plan/tree.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { fillTable } from './fill-table.js';
import { give } from './give.js';
import type { DescriptorKind } from './kind.js';
import './kinds.js';
import { kindOf, makeDescription } from './make.js';
import { ownedByRoot, setOwner } from './owners.js';

/**
 * Descriptor tables: every description of the tree is made once, by the root or by the only task that holds it, and
 * duplicated to its final numbers in each process; so descriptions that were shared are shared again, and no others.
 */
export const descriptorsRestore: RestoreSubsystem = {
  name: 'descriptors',
  tree: {
    pool(plan) {
      for (const id of plan.makers.ids) if (!plan.makers.ownerOf(id)) makeDescription(plan, id);
    },
    link(plan) {
      for (const file of plan.model.files.values()) {
        if (plan.pool.hasFile(file.id)) kindOf(file).link?.(plan, file, plan.pool.file(file.id));
      }
    },
  },
  task: {
    descriptors(plan) {
      const { table } = plan.task.alive;
      const sharing = plan.tree.sharing(table);
      if (table.owner !== plan.task) {
        // What it opens for itself from here on has the lowest free number for a moment, which must not be about to be taken.
        if (sharing) plan.strand.wait(sharing.filled, `pid ${plan.task.pid}: wait for the descriptors it shares`);
        return;
      }
      fillTable(plan, table);
      give(plan, table);
      if (sharing) plan.strand.arrive(sharing.filled, `fds of pid ${plan.task.pid}: at their final numbers`);
    },
    attach(plan) {
      firstHolders(plan, (kind, file, fd) => kind.attach?.(plan, file, fd));
    },
    process(plan) {
      firstHolders(plan, (_, file, fd) => {
        if (ownedByRoot(plan.tree.model, file)) setOwner(plan, file, fd);
      });
    },
    final(plan) {
      firstHolders(plan, (_, file, fd) => {
        if (!ownedByRoot(plan.tree.model, file)) setOwner(plan, file, fd);
      });
    },
    arm(plan) {
      firstHolders(plan, (kind, file, fd) => kind.arm?.(plan, file, fd));
    },
  },
};

/** Visits the descriptions of which this task is the first holder, at the number that it has there. */
function firstHolders({ task, tree }: TaskPlan, visit: (kind: DescriptorKind, file: FileEntry, fd: number) => void): void {
  const { table } = task.alive;
  if (table.owner !== task) return;
  for (const { fd, file } of table.fds) {
    const [first] = tree.makers.holders(file);
    if (first === undefined || first.table !== table || first.fd !== fd) continue;
    const entry = tree.model.files.get(file) as FileEntry;
    visit(kindOf(entry), entry, fd);
  }
}
