// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../images/generated/messages.js';
import type { Model } from '../../model/types.js';
import type { TaskPlan, TreePlan } from '../../restore/plan.js';
import type { Holder } from './makers.js';

/** How open file descriptions of one type of files.img come back. */
export interface DescriptorKind {
  /** A value of fd_types. */
  readonly type: number;
  /** Other files that have to be there when it is made or linked. */
  related?(model: Model, file: FileEntry): Iterable<number>;
  /**
   * Whether a task that holds it, and what it is related to, all by itself can make it: `create` and `link` get the strand
   * and the numbers of that task then, as `root` and `pool` of their plan. Without it, it is always the root that does.
   */
  alone?(model: Model, file: FileEntry, holders: readonly Holder[]): boolean;
  /** Make it, at number `at`: in phase `pool` on the root's strand, or in phase `descriptors` of the task that does it alone. */
  create(plan: TreePlan, file: FileEntry, at: number): void;
  /** All descriptions exist: phase `link`, or behind the task's own ones. */
  link?(plan: TreePlan, file: FileEntry, at: number): void;
  /** Phase `attach`, once, in the first process that holds it, at its final number `fd`. */
  attach?(plan: TaskPlan, file: FileEntry, fd: number): void;
  /** Phase `arm`, like `attach`: everything else of the tree is ready. */
  arm?(plan: TaskPlan, file: FileEntry, fd: number): void;
}
