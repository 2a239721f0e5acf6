// SPDX-License-Identifier: GPL-2.0-only
import type { ItimerEntry } from '../../../images/generated/messages.js';
import { big, fromBig } from '../../../images/wire/u64.js';
import type { Strand } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { armTimers, createTimers } from './posix.js';

const ITIMER = { REAL: 0, VIRTUAL: 1, PROF: 2 } as const;
const NAMES = ['real', 'virtual', 'profiling'];
const US_PER_S = 1_000_000n;

/** Interval timers and POSIX timers; they start when the whole tree is ready. */
export const timersRestore: RestoreSubsystem = {
  name: 'timers',
  task: {
    process({ tree, task, strand }) {
      createTimers(strand, task.pid, task.tc.timers?.posix ?? [], tree.host.features.timerRestoreIds);
    },
    arm({ tree, task, strand }) {
      const { timers } = task.tc;
      if (!timers) return;
      const tickUs = BigInt(tree.host.facts.tickNs) / 1000n;
      armInterval(strand, ITIMER.REAL, timers.real, task.pid);
      // Those of processor time come a tick later than they are set (`set_cpu_itimer`, kernel/time/itimer.c).
      armInterval(strand, ITIMER.VIRTUAL, sooner(timers.virt, tickUs), task.pid);
      armInterval(strand, ITIMER.PROF, sooner(timers.prof, tickUs), task.pid);
      armTimers(strand, task.pid, timers.posix);
    },
  },
};

/** The same with less time left; never none, which would mean that it does not run. */
function sooner(timer: ItimerEntry, us: bigint): ItimerEntry {
  const left = big(timer.vsec) * US_PER_S + big(timer.vusec);
  if (left === 0n) return timer;
  const value = left > us ? left - us : 1n;
  return { ...timer, vsec: fromBig(value / US_PER_S), vusec: fromBig(value % US_PER_S) };
}

function armInterval(strand: Strand, which: number, { isec, iusec, vsec, vusec }: ItimerEntry, pid: number): void {
  // A periodic timer whose signal is pending has no time left: the kernel starts it again when the signal is taken.
  const value = vsec || vusec ? [vsec, vusec] : [isec, iusec];
  if (!(value[0] || value[1])) return;
  const setting = strand.words([isec, iusec, ...value]);
  strand.call('setitimer', [which, setting, 0], {
    why: `${NAMES[which]} interval timer of pid ${pid}`,
  });
}
