// SPDX-License-Identifier: GPL-2.0-only
import { renderStrand } from '../program/index.js';
import type { CompiledRestore } from './compile.js';
import type { RestorePlan, TaskPlan } from './types.js';

/** A compiled restore as people and scripts read it. */
export function listPlan(imagesDir: string, { arena, plan }: CompiledRestore): RestorePlan {
  const names = new Map(plan.model.tasks.map(({ pid, comm }) => [pid, comm]));
  const tasks = arena.strands.map((strand): TaskPlan => {
    const operations = Array.from(renderStrand(arena, strand), ({ step, call, args, save, why }) => ({
      step,
      call,
      args: save ? [...args, `→ ${save}`] : args,
      why,
    }));
    return { pid: strand.tid, comm: names.get(strand.tid) ?? strand.name, operations };
  });
  return { imagesDir, tasks, warnings: plan.warnings };
}
