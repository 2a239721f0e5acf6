// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../../../errors/index.js';
import type { Inner, PosixTimer, PosixTimerText, Task } from '../../../facts/generated.js';
import type { ItimerEntry, PosixTimerEntry, TaskTimersEntry } from '../../../images/generated/messages.js';
import { fromBig } from '../../../images/wire/u64.js';
import { SIGALRM } from '../../../linux/process.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { RanOut, type Setting } from './ran-out.js';

const CLOCK_PROCESS_CPUTIME_ID = 2;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CPUCLOCK_PERTHREAD = 4;
const SIGEV_NONE = 1;
const SIGEV_THREAD_ID = 4;
/** struct itimerval: interval and value, seconds and microseconds. */
const ITIMERVAL_SIZE = 32;
const NS_PER_S = 1_000_000_000n;
const NS_PER_US = 1000n;

const OFF: ItimerEntry = { isec: 0, iusec: 0, vsec: 0, vusec: 0 };
/** As nearly all tasks have it: one object is encoded once. */
const NONE: TaskTimersEntry = { real: OFF, virt: OFF, prof: OFF, posix: [] };

/** Interval timers and POSIX timers. */
export const timersDump: DumpSubsystem = {
  name: 'timers',
  *refuse(facts) {
    for (const task of facts.living) {
      if (task.posixTimers.length === 0) continue;
      const tids = new Set(task.threads.map(({ tid }) => tid));
      for (const timer of task.posixTimers) {
        const tid = threadOf(timer);
        if (tid === undefined || tids.has(tid)) continue;
        const cause = `it is for thread ${tid}, which has ended`;
        yield facts.refusal(task.pid, { object: `POSIX timer ${timer.id}`, kind: 'timer', cause });
      }
    }
  },
  translate(facts, images) {
    for (const task of facts.living) {
      const inner = facts.inner.get(task.pid);
      if (!inner) continue;
      const { tc } = images.core(task.pid);
      const idle = task.posixTimers.length === 0 && inner.itimers.every((byte) => byte === 0);
      tc.timers = idle ? NONE : timers(task, inner);
    }
  },
};

function timers(task: Task, inner: Inner): TaskTimersEntry {
  const ranOut = new RanOut(inner, task);
  return {
    real: itimer(ranOut.interval(interval(inner, 0), SIGALRM)),
    // These count processor time, of which a frozen task has none.
    virt: itimer(interval(inner, 1)),
    prof: itimer(interval(inner, 2)),
    posix: posix(task, inner, ranOut),
  };
}

function interval({ itimers }: Inner, which: number): Setting {
  if (itimers.length < 3 * ITIMERVAL_SIZE) return { interval: 0n, value: 0n };
  return setting(itimers, which * ITIMERVAL_SIZE, NS_PER_US);
}

function itimer({ interval, value }: Setting): ItimerEntry {
  return {
    isec: fromBig(interval / NS_PER_S),
    iusec: fromBig((interval % NS_PER_S) / NS_PER_US),
    vsec: fromBig(value / NS_PER_S),
    vusec: fromBig((value % NS_PER_S) / NS_PER_US),
  };
}

/** What /proc/PID/timers tells of a timer, and timer_gettime() of its times. */
function posix(task: Task, inner: Inner, ranOut: RanOut): PosixTimerEntry[] {
  const settings = new Map(inner.posixTimers.map((timer) => [timer.id, timer]));
  return task.posixTimers.map((text) => {
    const timer = settings.get(text.id);
    if (!timer || timer.setting.length < 32) throw unknown(task, text.id);
    const read = setting(timer.setting, 0, 1n);
    const silent = text.notify === SIGEV_NONE;
    const left = runsOn(text.clock) ? ranOut.posix(read, text.id, silent) : read;
    const expired = silent ? undefined : ranOut.expired(read, timer, runsOn(text.clock));
    return { ...timerEntry(text, timer, left), ...(expired === undefined ? {} : { expired_ns: fromBig(expired) }) };
  });
}

/** The thread that is to get the signal, or whose processor time is measured (`CPUCLOCK_PID`, include/linux/posix-timers.h). */
function threadOf({ clock, notify, notifyTid }: PosixTimerText): number | undefined {
  if (notify === SIGEV_THREAD_ID) return notifyTid;
  const ofThread = clock < 0 && (clock & CPUCLOCK_PERTHREAD) !== 0;
  // 0: the thread that made the timer.
  return ofThread && ~(clock >> 3) !== 0 ? ~(clock >> 3) : undefined;
}

/** Whether a clock goes on while a task is frozen: all but those of processor time (2, 3, and below 0 those of others). */
function runsOn(clock: number): boolean {
  return clock >= 0 && clock !== CLOCK_PROCESS_CPUTIME_ID && clock !== CLOCK_THREAD_CPUTIME_ID;
}

function timerEntry(text: PosixTimerText, { overrun }: PosixTimer, { interval, value }: Setting): PosixTimerEntry {
  return {
    it_id: text.id,
    clock_id: text.clock >>> 0,
    si_signo: text.signal,
    it_sigev_notify: text.notify,
    sival_ptr: text.value,
    overrun,
    isec: fromBig(interval / NS_PER_S),
    insec: fromBig(interval % NS_PER_S),
    vsec: fromBig(value / NS_PER_S),
    vnsec: fromBig(value % NS_PER_S),
    notify_thread_id: text.notify === SIGEV_THREAD_ID ? text.notifyTid : undefined,
  };
}

/** struct itimerval or itimerspec: interval and value, seconds and parts of `unit` nanoseconds. */
function setting(bytes: Uint8Array, start: number, unit: bigint): Setting {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number) => view.getBigUint64(start + index * 8, true);
  return { interval: word(0) * NS_PER_S + word(1) * unit, value: word(2) * NS_PER_S + word(3) * unit };
}

function unknown(task: Task, id: number): StasisError {
  return new StasisError({
    kind: 'internal',
    operation: 'dump',
    object: `timer ${id} of pid ${task.pid}`,
    cause: 'its setting is not among the facts',
  });
}
