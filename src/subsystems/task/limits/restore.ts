// SPDX-License-Identifier: GPL-2.0-only
import { CAP_SYS_RESOURCE, holds } from '../../../linux/capability.js';
import { RLIM_INFINITY, RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_SIGPENDING } from '../../../linux/process.js';
import { LIMITS } from '../../../linux/rlimit.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import type { RestoreSubsystem } from '../../restore-side.js';

/** Resource limits, last: those on descriptors and memory would be in the way of the restore itself. */
export const limitsRestore: RestoreSubsystem = {
  name: 'limits',
  task: {
    process(plan) {
      warnOfCpuTime(plan);
      for (const resource of (plan.task.tc.rlimits?.rlimits ?? []).keys()) if (!isLate(plan, resource)) limit(plan, resource);
    },
    final(plan) {
      if (isLate(plan, RLIMIT_SIGPENDING)) limit(plan, RLIMIT_SIGPENDING);
    },
  },
};

/** What a task has used of it dies with the task: nothing can set a CPU clock. */
function warnOfCpuTime({ tree, task: { pid, comm, tc } }: TaskPlan): void {
  const { cur = RLIM_INFINITY } = tc.rlimits?.rlimits[RLIMIT_CPU] ?? {};
  if (BigInt(cur) !== RLIM_INFINITY)
    tree.warn(
      `pid ${pid} (${comm}) has a limit on CPU time of ${cur} s, and has used none of it again: CPU clocks start at zero`,
    );
}

/** Timers and pending signals count, too; to lower a limit needs no privilege, and so can wait until they are there. */
function isLate({ tree, task }: TaskPlan, resource: number): boolean {
  const wanted = task.tc.rlimits?.rlimits[resource];
  const own = tree.host.limits[resource];
  return resource === RLIMIT_SIGPENDING && wanted !== undefined && own !== undefined && BigInt(wanted.max) <= own.hard;
}

function limit({ tree, task, strand }: TaskPlan, resource: number): void {
  const { cur = 0, max = 0 } = task.tc.rlimits?.rlimits[resource] ?? {};
  const [soft, hard] = allowed(tree, task.pid, resource, BigInt(cur), BigInt(max));
  const own = tree.host.limits[resource];
  // The one on descriptors has been raised for the restore.
  if (resource !== RLIMIT_NOFILE && own && own.soft === soft && own.hard === hard) return;
  strand.call('prlimit64', [0, resource, strand.words([soft, hard]), 0], {
    why: `limit ${name(resource)} of pid ${task.pid}`,
  });
}

/** Without CAP_SYS_RESOURCE a hard limit cannot be higher than the restorer's: less is better than no restore. */
function allowed(plan: TreePlan, pid: number, resource: number, soft: bigint, hard: bigint): [bigint, bigint] {
  const own = plan.host.limits[resource];
  if (!own || hard <= own.hard || holds(plan.host.capabilities, CAP_SYS_RESOURCE)) return [soft, hard];
  plan.warn(`limit ${name(resource)} of pid ${pid} stays at ${own.hard} instead of ${hard}: raising it needs CAP_SYS_RESOURCE`);
  return [soft < own.hard ? soft : own.hard, own.hard];
}

function name(resource: number): string {
  return LIMITS[resource]?.[1] ?? String(resource);
}
