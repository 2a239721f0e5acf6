// SPDX-License-Identifier: GPL-2.0-only
import type { ItimerEntry } from '../../images/generated/messages.js';
import type { Strand } from '../../program/index.js';
import type { RestoreSubsystem } from '../restore-side.js';
import { armTimers, createTimers } from './posix.js';

/** Interval timers and POSIX timers; they start when the whole tree is ready. */
export const timersRestore: RestoreSubsystem = {
  name: 'timers',
  task: {
    process({ tree, task, strand }) {
      createTimers(strand, task.pid, task.tc.timers?.posix ?? [], tree.host.features.timerRestoreIds);
    },
    arm({ task, strand }) {
      const { timers } = task.tc;
      if (!timers) return;
      [timers.real, timers.virt, timers.prof].forEach((timer, which) => {
        armInterval(strand, which, timer, task.pid);
      });
      armTimers(strand, task.pid, timers.posix);
    },
  },
};

function armInterval(strand: Strand, which: number, { isec, iusec, vsec, vusec }: ItimerEntry, pid: number): void {
  // A periodic timer whose signal is pending has no time left: the kernel starts it again when the signal is taken.
  const value = vsec || vusec ? [vsec, vusec] : [isec, iusec];
  if (!(value[0] || value[1])) return;
  const setting = strand.words([isec, iusec, ...value]);
  strand.call('setitimer', [which, setting, 0], {
    why: `${['real', 'virtual', 'profiling'][which]} interval timer of pid ${pid}`,
  });
}
