// SPDX-License-Identifier: GPL-2.0-only
import { O_CLOEXEC } from '../../linux/fcntl.js';
import type { FileEntry } from '../../images/generated/messages.js';
import { wrong } from '../../model/images.js';
import type { FdTable } from '../../model/types.js';
import type { TaskPlan, TreePlan } from '../../restore/plan.js';
import type { RestoreSubsystem } from '../restore-side.js';
import type { DescriptorKind } from './kind.js';
import { descriptorKind } from './kinds.js';

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
      if (table.owner !== plan.task) return;
      for (const { fd, cloexec, file } of table.fds) {
        const why = `fd ${fd} of pid ${plan.task.pid}: take file ${file}`;
        plan.strand.call('dup3', [plan.tree.pool.file(file), fd, cloexec ? O_CLOEXEC : 0], { why });
      }
      closeLeftovers(plan, table);
    },
    attach(plan) {
      const { table } = plan.task.alive;
      if (table.owner !== plan.task) return;
      for (const { fd, file: id } of table.fds) {
        const file = plan.tree.model.files.get(id) as FileEntry;
        if (firstHolder(plan.tree, id) === table && table.fds.find((one) => one.file === id)?.fd === fd) {
          kindOf(file).attach?.(plan, file, fd);
        }
      }
    },
  },
};

/** Makes a description, unless that has been done: for those that are only in flight as well. Returns its pool number. */
export function makeDescription(plan: TreePlan, id: number): number {
  const file = plan.model.files.get(id);
  if (!file) throw wrong('files.img', `file ${id} is missing`);
  if (plan.pool.has(`file:${id}`)) return plan.pool.file(id);
  const at = plan.pool.file(id);
  kindOf(file).create(plan, file, at);
  return at;
}

function kindOf(file: FileEntry): DescriptorKind {
  const kind = descriptorKind(file.type);
  if (!kind) throw wrong('files.img', `file ${file.id} is of type ${file.type}, which is not supported`);
  return kind;
}

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

function firstHolder(plan: TreePlan, id: number): FdTable | undefined {
  return plan.model.tables.find((table) => table.fds.some(({ file }) => file === id));
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
