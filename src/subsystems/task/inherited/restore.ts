// SPDX-License-Identifier: GPL-2.0-only
import {
  PR_MCE_KILL,
  PR_MCE_KILL_CLEAR,
  PR_SET_IO_FLUSHER,
  PR_SET_MEMORY_MERGE,
  PR_SET_SPECULATION_CTRL,
  PR_SET_THP_DISABLE,
} from '../../../linux/prctl.js';
import { IOPRIO_WHO_PROCESS, MPOL_DEFAULT } from '../../../linux/process.js';
import { isAlive } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { ANY } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { SPECULATIONS } from '../tasks/speculation.js';

/**
 * What clone(2) hands on and whoever restores may have been given (setarch, ionice, numactl, a service manager): the root
 * takes it off before any other task is made from it, for what a task has as every new one has it is set nowhere else.
 * What this kernel does not know cannot have been handed on, so nothing of it may fail.
 */
export const inheritedRestore: RestoreSubsystem = {
  name: 'inherited',
  tree: {
    pool(plan) {
      const { root } = plan;
      warnOfWhatStays(plan);
      const how = (what: string) => ({ why: `root of the tree: ${what} of a new task`, expect: ANY });
      root.call('personality', [0], how('personality'));
      root.call('ioprio_set', [IOPRIO_WHO_PROCESS, 0, 0], how('I/O priority'));
      root.call('set_mempolicy', [MPOL_DEFAULT, 0, 0], how('memory policy'));
      root.call('prctl', [PR_SET_THP_DISABLE, 0, 0, 0, 0], how('transparent huge pages'));
      root.call('prctl', [PR_SET_MEMORY_MERGE, 0, 0, 0, 0], how('merging of memory'));
      root.call('prctl', [PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0], how('memory failure policy'));
      root.call('prctl', [PR_SET_IO_FLUSHER, 0, 0, 0, 0], how('I/O flusher'));
      SPECULATIONS.forEach(({ what, initial }, kind) => {
        root.call('prctl', [PR_SET_SPECULATION_CTRL, kind, initial, 0, 0], how(what));
      });
    },
  },
};

/** Nobody gets rid of these again. */
function warnOfWhatStays(plan: TreePlan): void {
  const { host, model } = plan;
  const free = model.tasks.find((task) => isAlive(task) && task.threads.some(({ core }) => !core.creds?.no_new_privs));
  if (host.noNewPrivs && free)
    plan.warn(`pid ${free.pid}: gains no privileges by execve() any more, as the restorer does not (no_new_privs)`);
  if (host.seccomp) plan.warn(`pid ${model.tasks[0]?.pid}: under the restorer's filter of system calls (seccomp)`);
}
