// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../../errors/index.js';
import type { Inner, PosixTimer, PosixTimerText, Task } from '../../facts/generated.js';
import type { ItimerEntry, PosixTimerEntry, TaskTimersEntry } from '../../images/generated/messages.js';
import { fromBig } from '../../images/wire/u64.js';
import type { DumpSubsystem } from '../dump-side.js';

const SIGEV_THREAD_ID = 4;
/** struct itimerval: interval and value, seconds and microseconds. */
const ITIMERVAL_SIZE = 32;

const OFF: ItimerEntry = { isec: 0, iusec: 0, vsec: 0, vusec: 0 };
/** As nearly all tasks have it: one object is encoded once. */
const NONE: TaskTimersEntry = { real: OFF, virt: OFF, prof: OFF, posix: [] };

/** Interval timers and POSIX timers. */
export const timersDump: DumpSubsystem = {
  name: 'timers',
  translate(facts, images) {
    for (const task of facts.living) {
      const inner = facts.inner.get(task.pid);
      if (!inner) continue;
      const { tc } = images.core(task.pid);
      if (task.posixTimers.length === 0 && inner.itimers.every((byte) => byte === 0)) tc.timers = NONE;
      else
        tc.timers = { real: interval(inner, 0), virt: interval(inner, 1), prof: interval(inner, 2), posix: posix(task, inner) };
    }
  },
};

function interval({ itimers }: Inner, which: number): ItimerEntry {
  if (itimers.length < 3 * ITIMERVAL_SIZE) return OFF;
  const word = words(itimers, which * ITIMERVAL_SIZE);
  return { isec: word(0), iusec: word(1), vsec: word(2), vusec: word(3) };
}

/** What /proc/PID/timers tells of a timer, and timer_gettime() of its times. */
function posix(task: Task, inner: Inner): PosixTimerEntry[] {
  const settings = new Map(inner.posixTimers.map((timer) => [timer.id, timer]));
  return task.posixTimers.map((text) => {
    const timer = settings.get(text.id);
    if (!timer || timer.setting.length < 32) throw unknown(task, text.id);
    return timerEntry(text, timer);
  });
}

function timerEntry(text: PosixTimerText, { setting, overrun }: PosixTimer): PosixTimerEntry {
  const word = words(setting, 0);
  return {
    it_id: text.id,
    clock_id: text.clock >>> 0,
    si_signo: text.signal,
    it_sigev_notify: text.notify,
    sival_ptr: fromBig(text.value),
    overrun,
    isec: word(0),
    insec: word(1),
    vsec: word(2),
    vnsec: word(3),
    notify_thread_id: text.notify === SIGEV_THREAD_ID ? text.notifyTid : undefined,
  };
}

function words(bytes: Uint8Array, start: number): (index: number) => number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (index) => fromBig(view.getBigUint64(start + index * 8, true));
}

function unknown(task: Task, id: number): StasisError {
  return new StasisError({
    kind: 'internal',
    operation: 'dump',
    object: `timer ${id} of pid ${task.pid}`,
    cause: 'its setting is not among the facts',
  });
}
