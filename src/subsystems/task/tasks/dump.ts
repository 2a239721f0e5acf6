// SPDX-License-Identifier: GPL-2.0-only

import { State, type Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { ImageSet } from '../../../images/image-set.js';
import { COREDUMP_FILTER_DEFAULT, SIGCHLD } from '../../../linux/process.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { idsOf } from './ids.js';
import { ROOT_NAMESPACES } from './namespaces.js';
import { innerRefusals, taskRefusals } from './refuse.js';
import { isAskedFor } from './speculation.js';
import { stubZombie } from './zombie-stubs.js';

/** CRIU's numbers for the states of a task. */
const TASK_ALIVE = 1;
const TASK_DEAD = 2;
const TASK_STOPPED = 3;
const PR_MCE_KILL_DEFAULT = 2;
const PR_TSC_ENABLE = 1;

/** Who is who: parents, sessions, groups, threads; what they share; state, exit code, name, personality. */
export const tasksDump: DumpSubsystem = {
  name: 'tasks',
  refuse: taskRefusals,
  refuseInner: innerRefusals,
  translate(facts, images) {
    facts.tasks.forEach((task, index) => {
      const { pid, pgid, sid } = task;
      const zombie = task.state === State.ZOMBIE;
      const threads = zombie ? [pid] : task.threads.map(({ tid }) => tid);
      images.add('PSTREE', { pid, ppid: index === 0 ? 0 : task.ppid, pgid, sid, threads });
      images.add('IDS', idsOf(facts, task), { id: pid });
      describe(facts, images, task);
      if (zombie) stubZombie(facts, images, task);
    });
    images.add('INVENTORY', {
      img_version: 2,
      fdinfo_per_id: true,
      ns_per_id: true,
      root_ids: { vm_id: 1, files_id: 1, fs_id: 1, sighand_id: 1, ...ROOT_NAMESPACES },
      root_cg_set: 1,
      lsmtype: 0,
      plugins_entry: {},
    });
  },
};

/** In the session, and so in the group, of whoever dumps a shell job: a restore puts it into its own. */
function isCallers({ root, options }: Facts, { sid }: Task): boolean {
  return options.shellJob && sid === root.sid && sid !== root.pid;
}

function describe(facts: Facts, images: ImageSet, task: Task): void {
  const zombie = task.state === State.ZOMBIE;
  const inner = facts.inner.get(task.pid);
  const { tc } = images.core(task.pid);
  tc.task_state = zombie ? TASK_DEAD : task.state === State.STOPPED ? TASK_STOPPED : TASK_ALIVE;
  tc.exit_code = zombie ? task.exitCode : 0;
  tc.personality = task.personality;
  tc.flags = 0;
  tc.comm = task.comm;
  if (zombie) {
    tc.blk_sigset = 0;
    return;
  }
  if (task.state === State.STOPPED && task.stopSignal > 0) tc.stop_signo = task.stopSignal;
  tc.cg_set = 1;
  tc.oom_score_adj = task.oomScoreAdj;
  if (task.exitSignal >= 0 && task.exitSignal !== SIGCHLD) tc.exit_signal = task.exitSignal;
  if (inner?.childSubreaper) tc.child_subreaper = true;
  if (inner && inner.mceKill !== PR_MCE_KILL_DEFAULT) tc.mce_kill = inner.mceKill;
  const tsc = inner?.threads[0]?.tscMode ?? 0;
  if (tsc && tsc !== PR_TSC_ENABLE) tc.tsc_mode = tsc;
  for (const { tid, tscMode, ioFlusher, personality, speculation } of inner?.threads ?? []) {
    const { thread } = images.core(tid);
    if (tscMode !== tsc) thread.tsc_mode = tscMode;
    if (ioFlusher) thread.io_flusher = true;
    if (personality !== task.personality) thread.personality = personality;
    if (speculation.some(isAskedFor)) thread.speculation = speculation;
  }
  if (task.autogroupNice !== 0 && !isCallers(facts, task)) tc.autogroup_nice = task.autogroupNice;
  if (inner?.membarrier) tc.membarrier = inner.membarrier;
  if (task.coredumpFilter !== COREDUMP_FILTER_DEFAULT) tc.coredump_filter = task.coredumpFilter;
  tc.cgroups = task.cgroups;
}
