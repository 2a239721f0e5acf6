// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../../../errors/index.js';
import type { Path, Task } from '../../../facts/generated.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** Root, working directory, umask. */
export const fsDump: DumpSubsystem = {
  name: 'fs',
  translate(facts, images) {
    for (const task of facts.living) {
      const cwd_id = facts.files.special(known(task, task.cwd, 'working directory'));
      const root_id = facts.files.special(known(task, task.root, 'root'));
      images.add('FS', { cwd_id, root_id, umask: task.umask }, { id: task.pid });
    }
  },
};

function known(task: Task, path: Path | undefined, what: string): Path {
  if (path) return path;
  throw new StasisError({
    kind: 'internal',
    operation: 'dump',
    object: `${what} of pid ${task.pid}`,
    cause: 'the survey does not tell it',
  });
}
