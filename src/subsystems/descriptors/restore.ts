// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry } from '../../images/generated/messages.js';
import { O_CLOEXEC } from '../../linux/fcntl.js';
import type { FdTable } from '../../model/types.js';
import type { TaskPlan, TreePlan } from '../../restore/plan.js';
import type { RestoreSubsystem } from '../restore-side.js';
import type { DescriptorKind } from './kind.js';
import './kinds.js';
import { kindOf, makeDescription } from './make.js';
import { ownedByRoot, setOwner } from './owners.js';

/** Numbers below this may be open in what the seed started with: standard streams and the arena. */
const SEED_NUMBERS = 16;

/**
 * Descriptor tables: every description of the tree is made once by the root, and duplicated to its final numbers in
 * each process; so descriptions that were shared are shared again, and no others.
 */
export const descriptorsRestore: RestoreSubsystem = {
  name: 'descriptors',
  tree: {
    pool(plan) {
      for (const file of held(plan)) makeDescription(plan, file.id);
    },
    link(plan) {
      for (const file of plan.model.files.values()) {
        if (plan.pool.has(`file:${file.id}`)) kindOf(file).link?.(plan, file, plan.pool.file(file.id));
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
      for (const { fd, cloexec, file } of table.fds) {
        const why = `fd ${fd} of pid ${plan.task.pid}: take file ${file}`;
        plan.strand.call('dup3', [plan.tree.pool.file(file), fd, cloexec ? O_CLOEXEC : 0], { why });
      }
      closeLeftovers(plan, table);
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

/** Descriptions that a table refers to, each once, by table and number. */
function* held(plan: TreePlan): Generator<FileEntry> {
  const seen = new Set<number>();
  for (const table of plan.model.tables) {
    for (const { file } of table.fds) {
      if (seen.has(file)) continue;
      seen.add(file);
      yield plan.model.files.get(file) as FileEntry;
    }
  }
}

/** Visits the descriptions of which this task is the first holder, at the number that it has there. */
function firstHolders({ task, tree }: TaskPlan, visit: (kind: DescriptorKind, file: FileEntry, fd: number) => void): void {
  const { table } = task.alive;
  if (table.owner !== task) return;
  for (const { fd, file } of table.fds) {
    const first = holders(tree).get(file);
    if (first === undefined || first.table !== table || first.fd !== fd) continue;
    const entry = tree.model.files.get(file) as FileEntry;
    visit(kindOf(entry), entry, fd);
  }
}

interface Holder {
  readonly table: FdTable;
  readonly fd: number;
}

const HOLDERS = new WeakMap<TreePlan, Map<number, Holder>>();

/** By file: the first table and number that hold it. */
function holders(plan: TreePlan): Map<number, Holder> {
  let known = HOLDERS.get(plan);
  if (!known) {
    known = new Map();
    for (const table of plan.model.tables) {
      for (const { fd, file } of table.fds) if (!known.has(file)) known.set(file, { table, fd });
    }
    HOLDERS.set(plan, known);
  }
  return known;
}

/** What the seed had open and this table does not have. */
function closeLeftovers({ strand, task }: TaskPlan, table: FdTable): void {
  const kept = new Set(table.fds.map(({ fd }) => fd));
  for (let low = 0; low < SEED_NUMBERS; low++) {
    if (kept.has(low)) continue;
    let high = low;
    while (high + 1 < SEED_NUMBERS && !kept.has(high + 1)) high += 1;
    strand.call('close_range', [low, high, 0], { why: `fds ${low} to ${high} of pid ${task.pid}: close` });
    low = high;
  }
}
