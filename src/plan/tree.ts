// SPDX-License-Identifier: GPL-2.0-only
import type { Host } from '../facts/generated.js';
import { type Findings, Memo } from '../memo.js';
import type { Images } from '../model/images.js';
import type { FdTable, LiveTask, Model, Task, Thread } from '../model/types.js';
import { ArenaBuilder, type Barrier, type Strand } from '../program/index.js';
import type { Creation } from './creation/index.js';
import type { FillJob, UndoJob } from './jobs.js';
import type { Makers } from './makers.js';
import type { Pool } from './pool.js';

/** The host a tree is restored on. */
export interface RestoreHost {
  readonly facts: Host;
  /** Process group of the restorer, for shell jobs. */
  readonly callerGroup: number;
  /** The restorer's limits, which the tree starts with, by RLIMIT_*. */
  readonly limits: readonly { readonly soft: bigint; readonly hard: bigint }[];
  readonly oomScoreAdj: number;
  /** The restorer's, which the tree starts with. */
  readonly coredumpFilter: number;
  /** Lines of /proc/self/cgroup: where the tree is put. */
  readonly cgroups: readonly string[];
  /** The restorer's capabilities, by number of their bit. */
  readonly capabilities: bigint;
  /** Set for the restorer, and so for the tree, for good: no_new_privs, a filter of system calls. */
  readonly noNewPrivs: boolean;
  readonly seccomp: boolean;
  /** Who the restorer is: real, effective, saved and file system ids. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Ascending. */
  readonly groups: readonly number[];
  /** Capabilities in the restorer's bounding set. */
  readonly boundingSet: readonly number[];
  readonly features: HostFeatures;
}

export interface HostFeatures {
  /** timer_create() with a chosen id: PR_TIMER_CREATE_RESTORE_IDS (6.16). */
  readonly timerRestoreIds: boolean;
  /** userfaultfd(2), for filling memory from outside. */
  readonly userfaultfd: boolean;
}

/** Where the tasks that share a descriptor table wait for each other. */
export interface Sharing {
  /** Its owner has put every descriptor at its final number and closed what was at others. */
  readonly filled: Barrier;
  /** Nobody needs what was only borrowed. */
  readonly done: Barrier;
}

/** A restore in the making: programs of all tasks, and what the host has to do around them. */
export class TreePlan {
  readonly arena = new ArenaBuilder();
  /** What subsystems derive from it, and note. */
  readonly memo = new Memo();
  readonly fills: FillJob[] = [];
  readonly undos: UndoJob[] = [];
  /** Paths at which the tree makes files of its own: the host moves aside what is there. */
  readonly movedAside = new Set<string>();
  readonly warnings: string[] = [];
  /** Strands by tid, once made. */
  readonly strands = new Map<number, Strand>();
  /** The strand of the root of the tree. */
  root!: Strand;
  /** The root's pid is ours, and no file of the tree's own has been made yet; the host opens it. */
  readonly claimed: Barrier;
  /** Every task has its mappings; the host waits for it. */
  readonly mapped: Barrier;
  /** All pages are in; the host opens it. */
  readonly filled: Barrier;

  private readonly tables = new Map<number, Sharing>();
  private zombies: Map<number, Task[]> | undefined;

  constructor(
    readonly model: Model,
    readonly images: Images,
    readonly host: RestoreHost,
    readonly pool: Pool,
    readonly makers: Makers,
    readonly creation: Creation<Task>,
    readonly shellJob: boolean,
    /** What the checks have found out of the host. */
    readonly findings: Findings,
  ) {
    this.claimed = this.arena.barrier('claimed', 1);
    this.mapped = this.arena.barrier('mapped');
    this.filled = this.arena.barrier('filled', 1);
  }

  fill(job: FillJob): void {
    this.fills.push(job);
  }

  undo(job: UndoJob): void {
    this.undos.push(job);
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** Children that are zombies. */
  zombiesOf(pid: number): readonly Task[] {
    this.zombies ??= groupBy(
      this.model.tasks.filter(({ zombie }) => zombie),
      ({ ppid }) => ppid,
    );
    return this.zombies.get(pid) ?? [];
  }

  /** The same plan as it looks to a task that makes descriptions for itself: on its strand, at its own numbers. */
  madeBy(strand: Strand, pool: Pool): TreePlan {
    return Object.create(this, { root: { value: strand }, pool: { value: pool } }) as TreePlan;
  }

  /** Undefined where a task has its table for itself. */
  sharing(table: FdTable): Sharing | undefined {
    if (table.tasks.length < 2) return undefined;
    let sharing = this.tables.get(table.id);
    if (!sharing) {
      sharing = {
        filled: this.barrier(`descriptor table ${table.id} is filled`, 1),
        done: this.barrier(`descriptor table ${table.id} is done with`, table.tasks.length),
      };
      this.tables.set(table.id, sharing);
    }
    return sharing;
  }

  /** `expected`: arrivals until it opens; may be raised while the plan is made. */
  barrier(name: string, expected = 0): Barrier {
    return this.arena.barrier(name, expected);
  }
}

function groupBy<K, V>(values: readonly V[], key: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
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
