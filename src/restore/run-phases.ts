// SPDX-License-Identifier: GPL-2.0-only

import type { TaskPlan, ThreadPlan, TreePlan } from '../plan/tree.js';
import {
  BIRTH_PHASES,
  type BirthPhase,
  TASK_PHASES,
  type TaskPhase,
  THREAD_PHASES,
  TREE_PHASES,
  type TreePhase,
} from '../subsystems/phases.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';

type Step<P> = (plan: P) => void;

/** What the subsystems do in each phase. Looked up once: most do nothing in most of them, and there may be a thousand threads. */
export class Phases {
  private readonly ofTree: Readonly<Record<TreePhase, readonly Step<TreePlan>[]>>;
  private readonly ofTask: Readonly<Record<BirthPhase | TaskPhase, readonly Step<TaskPlan>[]>>;
  private readonly ofThread: readonly Step<ThreadPlan>[];

  constructor(subsystems: readonly RestoreSubsystem[]) {
    this.ofTree = steps(TREE_PHASES, (phase) => subsystems.map(({ tree }) => tree?.[phase]));
    this.ofTask = steps([...BIRTH_PHASES, ...TASK_PHASES], (phase) => subsystems.map(({ task }) => task?.[phase]));
    const ofThread = steps(THREAD_PHASES, (phase) => subsystems.map(({ thread }) => thread?.[phase]));
    this.ofThread = THREAD_PHASES.flatMap((phase) => ofThread[phase]);
  }

  tree(phase: TreePhase, plan: TreePlan): void {
    for (const step of this.ofTree[phase]) step(plan);
  }

  task(phase: BirthPhase | TaskPhase, plan: TaskPlan): void {
    for (const step of this.ofTask[phase]) step(plan);
  }

  /** All phases, one after the other. */
  thread(plan: ThreadPlan): void {
    for (const step of this.ofThread) step(plan);
  }
}

function steps<K extends string, P>(phases: readonly K[], find: (phase: K) => (Step<P> | undefined)[]): Record<K, Step<P>[]> {
  const found = phases.map((phase) => [phase, find(phase).filter((step) => step !== undefined)] as const);
  return Object.fromEntries(found) as Record<K, Step<P>[]>;
}
