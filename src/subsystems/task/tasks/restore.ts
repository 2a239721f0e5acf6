// SPDX-License-Identifier: GPL-2.0-only
import { CAP_SYS_ADMIN, CAP_SYS_NICE, CAP_SYS_RESOURCE, holds } from '../../../linux/capability.js';
import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_PATH, O_WRONLY } from '../../../linux/fcntl.js';
import {
  PR_MCE_KILL,
  PR_MCE_KILL_SET,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_IO_FLUSHER,
  PR_SET_SPECULATION_CTRL,
  PR_SET_TSC,
} from '../../../linux/prctl.js';
import { COREDUMP_FILTER_DEFAULT } from '../../../linux/process.js';
import { isAlive, type Task } from '../../../model/types.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { okOr, type Strand, type Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { isAskedFor, SPECULATIONS, settingOf } from './speculation.js';

const PROC = 'proc';
const PR_TSC_ENABLE = 1;
const ENXIO = 6;

/** What a process has for itself beside memory, descriptors, signals and limits. */
export const tasksRestore: RestoreSubsystem = {
  name: 'tasks',
  tree: {
    pool(plan) {
      warnOfGroups(plan);
      if (plan.model.tasks.some((task) => needsProc(plan, task))) openProc(plan);
    },
  },
  task: {
    /** Both go to the threads that are made next. READ_IMPLIES_EXEC must not meet an mmap() or mprotect(). */
    threads({ task: { pid, tc }, strand }) {
      if (tc.personality) strand.call('personality', [tc.personality], { why: `personality of pid ${pid}` });
      if (tc.tsc_mode && tc.tsc_mode !== PR_TSC_ENABLE)
        strand.call('prctl', [PR_SET_TSC, tc.tsc_mode, 0, 0, 0], { why: `time stamp counter of pid ${pid}` });
    },
    process(plan) {
      const { tree, task, strand } = plan;
      const { tc, pid } = task;
      if (needsOomScore(tree, task)) setOwn(plan, 'oom_score_adj', String(tc.oom_score_adj ?? 0));
      if (needsFilter(tree, task)) setOwn(plan, 'coredump_filter', `0x${filterOf(task).toString(16)}`);
      if (tc.autogroup_nice) setGroupNice(plan, tc.autogroup_nice);
      registerBarriers(plan, tc.membarrier ?? 0);
      if (tc.child_subreaper) strand.call('prctl', [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0], { why: `pid ${pid}: child subreaper` });
    },
  },
  thread: {
    thread({ tree, task: { tc }, thread: { tid, core }, strand }) {
      if (core.tsc_mode)
        strand.call('prctl', [PR_SET_TSC, core.tsc_mode, 0, 0, 0], { why: `time stamp counter of thread ${tid}` });
      if (core.io_flusher) setFlusher(tree, strand, tid);
      if (core.personality !== undefined) strand.call('personality', [core.personality], { why: `personality of thread ${tid}` });
      core.speculation?.forEach((state, kind) => {
        if (isAskedFor(state, kind)) speculate(strand, kind, state);
      });
      if (tc.mce_kill !== undefined)
        strand.call('prctl', [PR_MCE_KILL, PR_MCE_KILL_SET, tc.mce_kill, 0, 0], {
          why: `memory failure policy of thread ${tid}`,
        });
    },
  },
};

/** A thread that others wait for when they need memory: without the right to be one it runs on as an ordinary thread. */
function setFlusher(plan: TreePlan, strand: Strand, tid: number): void {
  if (!holds(plan.host.capabilities, CAP_SYS_RESOURCE))
    plan.warn(`thread ${tid}: no I/O flusher any more: that needs CAP_SYS_RESOURCE`);
  else strand.call('prctl', [PR_SET_IO_FLUSHER, 1, 0, 0, 0], { why: `thread ${tid}: I/O flusher` });
}

/** A processor that is not affected, or a kernel that leaves no choice, answers ENXIO. */
function speculate(strand: Strand, kind: number, state: number): void {
  const why: Why = ({ tid }) => `thread ${tid}: ${SPECULATIONS[kind]?.what}`;
  strand.call('prctl', [PR_SET_SPECULATION_CTRL, kind, settingOf(state), 0, 0], { why, expect: okOr(-ENXIO) });
}

/** Niceness of the session's group of tasks. Others than CAP_SYS_ADMIN may set one each tenth of a second (kernel/sched/autogroup.c). */
function setGroupNice(plan: TaskPlan, nice: number): void {
  const { tree, task } = plan;
  const may = (capability: number) => holds(tree.host.capabilities, capability);
  if (may(CAP_SYS_ADMIN) && (nice > 0 || may(CAP_SYS_NICE))) setOwn(plan, 'autogroup', String(nice));
  else tree.warn(`session ${task.sid}: niceness 0 instead of ${nice}: that needs CAP_SYS_ADMIN and CAP_SYS_NICE`);
}

/** Control groups are the affair of whoever manages them: the tree lands in the restorer's. */
function warnOfGroups(plan: TreePlan): void {
  const moved = plan.model.tasks.filter(({ tc }) => tc.cgroups.length > 0 && !isSameList(tc.cgroups, plan.host.cgroups));
  const [first] = moved;
  if (!first) return;
  const lost = first.tc.cgroups.filter((line) => !plan.host.cgroups.includes(line));
  const others = moved.length > 1 ? ` and ${moved.length - 1} more` : '';
  plan.warn(`pid ${first.pid}${others}: in the control groups of the restorer, not in ${lost.join(', ')}`);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}

function needsProc(plan: TreePlan, task: Task): boolean {
  return needsOomScore(plan, task) || needsFilter(plan, task) || task.tc.autogroup_nice !== undefined;
}

function needsOomScore(plan: TreePlan, task: Task): boolean {
  return isAlive(task) && task.tc.oom_score_adj !== undefined && task.tc.oom_score_adj !== plan.host.oomScoreAdj;
}

function needsFilter(plan: TreePlan, task: Task): boolean {
  return isAlive(task) && filterOf(task) !== plan.host.coredumpFilter;
}

function filterOf({ tc }: Task): number {
  return tc.coredump_filter ?? COREDUMP_FILTER_DEFAULT;
}

/** membarrier(2) of an expedited kind fails unless the process has asked for it once, by the command that is this bit. */
function registerBarriers({ task, strand }: TaskPlan, registrations: number): void {
  for (let bits = registrations; bits !== 0; bits &= bits - 1)
    strand.call('membarrier', [bits & -bits, 0, 0], { why: `pid ${task.pid}: register for membarrier ${bits & -bits}` });
}

/** /proc under a number of its own: a task may be in a root without it by the time it is needed. */
function openProc({ root, pool }: TreePlan): void {
  const why = '/proc: open';
  const made = root.call('openat', [AT_FDCWD, root.path('/proc'), O_PATH | O_DIRECTORY | O_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, pool.number(PROC), why);
}

/** Writes to a file of the task's own folder in /proc. */
function setOwn({ tree, task, strand }: TaskPlan, name: string, value: string): void {
  const why = `${name} of pid ${task.pid}: ${value}`;
  const text = new TextEncoder().encode(value);
  const made = strand.call('openat', [tree.pool.number(PROC), strand.path(`self/${name}`), O_WRONLY | O_CLOEXEC, 0], {
    why,
    save: true,
  });
  strand.call('write', [made, strand.bytes(text), text.length], { why });
  strand.call('close', [made], { why });
}
