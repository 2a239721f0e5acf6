// SPDX-License-Identifier: GPL-2.0-only
import { O_DIRECTORY, O_PATH } from '../../../linux/fcntl.js';
import type { LiveTask } from '../../../model/types.js';
import { isAlive } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { pathOf } from '../regular/path.js';
import { specialFile } from '../regular/special-restore.js';

const DIRECTORY = O_PATH | O_DIRECTORY;

/** Root, working directory, umask: of each process, or of those that share them (CLONE_FS). */
export const fsRestore: RestoreSubsystem = {
  name: 'fs',
  tree: {
    pool(plan) {
      for (const task of plan.model.tasks) if (isAlive(task)) directories(plan, task);
    },
  },
  task: {
    fs({ tree, task, strand }) {
      if (sharesEarlier(tree, task)) return;
      const { cwd, root } = directories(tree, task);
      const who = `pid ${task.pid}`;
      if (root !== undefined) {
        strand.call('fchdir', [root], { why: `root of ${who}: go there` });
        strand.call('chroot', [strand.path('.')], { why: `root of ${who}: chroot` });
      }
      strand.call('fchdir', [cwd], { why: `working directory of ${who}` });
      strand.call('umask', [task.alive.fs.umask ?? 0o22], { why: `umask of ${who}` });
    },
  },
};

function directories(plan: TreePlan, task: LiveTask): { cwd: number; root: number | undefined } {
  const { cwd_id, root_id } = task.alive.fs;
  const cwd = specialFile(plan, cwd_id, DIRECTORY, `working directory of pid ${task.pid}`);
  const own = Buffer.from(pathOf(plan, root_id)).toString() !== '/';
  return { cwd, root: own ? specialFile(plan, root_id, DIRECTORY, `root of pid ${task.pid}`) : undefined };
}

/** The first of those that share does it for all. */
function sharesEarlier({ model }: TreePlan, task: LiveTask): boolean {
  const parent = model.byPid.get(task.ppid);
  return parent?.alive !== undefined && parent.alive.ids.fs_id === task.alive.ids.fs_id;
}
