// SPDX-License-Identifier: GPL-2.0-only
import type { TaskPhase, ThreadPhase, TreePhase } from '../subsystems/phases.js';
import { THREAD_PHASES } from '../subsystems/phases.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';
import type { TaskPlan, ThreadPlan, TreePlan } from './plan.js';

export function runTreePhase(subsystems: readonly RestoreSubsystem[], phase: TreePhase, plan: TreePlan): void {
  for (const { tree } of subsystems) tree?.[phase]?.(plan);
}

export function runTaskPhase(subsystems: readonly RestoreSubsystem[], phase: TaskPhase, plan: TaskPlan): void {
  for (const { task } of subsystems) task?.[phase]?.(plan);
}

export function runThreadPhases(subsystems: readonly RestoreSubsystem[], plan: ThreadPlan): void {
  for (const phase of THREAD_PHASES) runThreadPhase(subsystems, phase, plan);
}

function runThreadPhase(subsystems: readonly RestoreSubsystem[], phase: ThreadPhase, plan: ThreadPlan): void {
  for (const { thread } of subsystems) thread?.[phase]?.(plan);
}
