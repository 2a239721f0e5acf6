// SPDX-License-Identifier: GPL-2.0-only
import type { Model } from '../model/types.js';
import type { NativeApi } from '../native/contract.js';
import type { Checks } from '../plan/checks.js';
import type { TaskPlan, ThreadPlan, TreePlan } from '../plan/tree.js';
import type { BirthPhase, TaskPhase, ThreadPhase, TreePhase } from './phases.js';

/** What one resource kind does in a restore. Only `check` may look at the host, and it changes nothing. */
export interface RestoreSubsystem {
  /** Folder under src/subsystems. */
  readonly name: string;
  /** Reads its images, as far as the model has not; throws an error of kind `image` that names the file. */
  load?(model: Model): unknown;
  /** Is the host as the images need it? All problems of all subsystems are reported together. */
  check?(model: Model, checks: Checks, native: NativeApi): void;
  /** Operations, phase by phase. Within a phase subsystems run in the order of the registry. */
  readonly tree?: { readonly [P in TreePhase]?: (plan: TreePlan) => void };
  readonly task?: { readonly [P in BirthPhase | TaskPhase]?: (plan: TaskPlan) => void };
  readonly thread?: { readonly [P in ThreadPhase]?: (plan: ThreadPlan) => void };
}
