// SPDX-License-Identifier: GPL-2.0-only
import type { RestorePlan } from '../../restore/types.js';
import { count } from '../../text/units.js';

/** The programs of a restore, one operation a line. */
export function renderPlan(plan: RestorePlan): string {
  return plan.tasks
    .map(({ pid, comm, operations }) => {
      const head = `task ${pid} (${comm}): ${count(operations.length, 'operation')}`;
      const width = String(operations.length).length;
      const lines = operations.map(
        ({ step, call, args, why }) => `  ${String(step).padStart(width)}  ${call}(${args.join(', ')})${why ? `  — ${why}` : ''}`,
      );
      return [head, ...lines].join('\n');
    })
    .join('\n\n');
}
