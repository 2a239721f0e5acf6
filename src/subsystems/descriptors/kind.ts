// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../images/generated/messages.js';
import type { TaskPlan, TreePlan } from '../../restore/plan.js';

/** How open file descriptions of one type of files.img come back. */
export interface DescriptorKind {
  /** A value of fd_types. */
  readonly type: number;
  /** Phase `pool`, on the root's strand: make it, at pool number `at`. */
  create(plan: TreePlan, file: FileEntry, at: number): void;
  /** Phase `link`: all descriptions exist. */
  link?(plan: TreePlan, file: FileEntry, at: number): void;
  /** Phase `attach`, once, in the first process that holds it, at its final number `fd`. */
  attach?(plan: TaskPlan, file: FileEntry, fd: number): void;
  /** Phase `arm`, like `attach`: everything else of the tree is ready. */
  arm?(plan: TaskPlan, file: FileEntry, fd: number): void;
}
