// SPDX-License-Identifier: GPL-2.0-only
import type { Host } from '../facts/generated.js';
import type { Images } from '../model/images.js';
import type { LiveTask, Model, Task, Thread } from '../model/types.js';
import { ArenaBuilder, type Barrier, type Strand } from '../program/index.js';
import type { Creation } from '../subsystems/tasks/creation/index.js';
import type { FillJob, UndoJob } from './jobs.js';
import type { Pool } from './pool.js';

/** The host a tree is restored on. */
export interface RestoreHost {
  readonly facts: Host;
  /** Process group of the restorer, for shell jobs. */
  readonly callerGroup: number;
  /** Soft limit of the restorer's descriptors, and the hard one. */
  readonly fileLimit: { readonly soft: number; readonly hard: number };
  readonly features: HostFeatures;
}

export interface HostFeatures {
  /** timer_create() with a chosen id: PR_TIMER_CREATE_RESTORE_IDS (6.16). */
  readonly timerRestoreIds: boolean;
}

/** A restore in the making: programs of all tasks, and what the host has to do around them. */
export class TreePlan {
  readonly arena = new ArenaBuilder();
  readonly fills: FillJob[] = [];
  readonly undos: UndoJob[] = [];
  readonly warnings: string[] = [];
  /** Strands by tid, once made. */
  readonly strands = new Map<number, Strand>();
  /** The strand of the root of the tree. */
  root!: Strand;

  constructor(
    readonly model: Model,
    readonly images: Images,
    readonly host: RestoreHost,
    readonly pool: Pool,
    readonly creation: Creation<Task>,
    readonly shellJob: boolean,
  ) {}

  fill(job: FillJob): void {
    this.fills.push(job);
  }

  undo(job: UndoJob): void {
    this.undos.push(job);
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** `expected`: arrivals until it opens; may be raised while the plan is made. */
  barrier(name: string, expected = 0): Barrier {
    return this.arena.barrier(name, expected);
  }
}

export interface TaskPlan {
  readonly tree: TreePlan;
  readonly task: LiveTask;
  /** Of the thread group leader. */
  readonly strand: Strand;
}

export interface ThreadPlan extends TaskPlan {
  readonly thread: Thread;
  /** Of this thread. */
  readonly strand: Strand;
  readonly leader: boolean;
}
