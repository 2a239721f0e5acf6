// SPDX-License-Identifier: GPL-2.0-only
import {
  FAIR_POLICIES,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
} from '../../../linux/process.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { parsePolicy } from './memory-policy.js';

/** Policy, niceness, priorities, processors, timer slack, memory policy: all of a thread. */
export const schedulingDump: DumpSubsystem = {
  name: 'scheduling',
  *refuse(facts) {
    for (const { pid, threads } of facts.living)
      for (const { tid, memoryPolicy } of threads) {
        if (memoryPolicy === '' || parsePolicy(memoryPolicy)) continue;
        const cause = `it is not known what ${memoryPolicy} is`;
        yield facts.refusal(pid, { object: `thread ${tid}`, kind: 'memory policy', cause });
      }
  },
  translate(facts, images) {
    for (const task of facts.living) {
      for (const from of task.threads) {
        const { thread } = images.core(from.tid);
        thread.sched_nice = from.nice;
        thread.sched_policy =
          from.policy | (BigInt(from.schedFlags) & BigInt(SCHED_FLAG_RESET_ON_FORK) ? SCHED_RESET_ON_FORK : 0);
        if (from.policy === SCHED_FIFO || from.policy === SCHED_RR) thread.sched_prio = from.rtPriority;
        if (from.schedFlags) thread.sched_flags = from.schedFlags;
        if (from.policy === SCHED_DEADLINE) {
          thread.sched_runtime = from.schedRuntime;
          thread.sched_deadline = from.schedDeadline;
          thread.sched_period = from.schedPeriod;
        }
        // Whoever has not asked for one has that of everybody.
        else if (FAIR_POLICIES.has(from.policy) && from.schedRuntime !== facts.survey.host?.sliceNs)
          thread.sched_runtime = from.schedRuntime;
        if (from.affinity.length > 0) thread.affinity = from.affinity;
        thread.timer_slack = from.timerSlack;
        if (from.memoryPolicy) thread.memory_policy = from.memoryPolicy;
        if (from.ioPriority > 0) thread.io_priority = from.ioPriority;
      }
    }
  },
};
