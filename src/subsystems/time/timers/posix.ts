// SPDX-License-Identifier: GPL-2.0-only
import type { PosixTimerEntry, SiginfoEntry } from '../../../images/generated/messages.js';
import type { U64 } from '../../../images/wire/u64.js';
import {
  PR_TIMER_CREATE_RESTORE_IDS,
  PR_TIMER_CREATE_RESTORE_IDS_OFF,
  PR_TIMER_CREATE_RESTORE_IDS_ON,
} from '../../../linux/prctl.js';
import { ANY, type Data, exactly, load32, type Strand } from '../../../program/index.js';
import { SI_CODE, SI_TID, SI_TIMER } from './siginfo.js';

/** More attempts than this to reach an id by creating and deleting timers, and the program was a strange one. */
const MOST_ATTEMPTS = 1 << 20;
/** struct itimerspec: interval, then value. */
const ITIMERSPEC_SIZE = 32;
const ITIMERSPEC_VALUE = 16;
const TIMER_ABSTIME = 1;
/** struct sigevent. */
const SIGEVENT_SIZE = 64;

/** Timers with the ids they had, not yet running. The other threads exist. */
export function createTimers(strand: Strand, pid: number, timers: readonly PosixTimerEntry[], chosenIds: boolean): void {
  if (timers.length === 0) return;
  const sorted = [...timers].sort((a, b) => a.it_id - b.it_id);
  if (!chosenIds) {
    for (const timer of sorted) searchId(strand, pid, timer);
    return;
  }
  const why = `timers of pid ${pid}: with chosen ids`;
  strand.call('prctl', [PR_TIMER_CREATE_RESTORE_IDS, PR_TIMER_CREATE_RESTORE_IDS_ON, 0, 0, 0], { why });
  for (const timer of sorted) {
    const id = strand.ints([timer.it_id]);
    create(strand, timer, id, `timer ${timer.it_id} of pid ${pid}: create`);
    strand.compare(id, strand.ints([timer.it_id]), 4, { why: `timer ${timer.it_id} of pid ${pid}: got its id` });
  }
  strand.call('prctl', [PR_TIMER_CREATE_RESTORE_IDS, PR_TIMER_CREATE_RESTORE_IDS_OFF, 0, 0, 0], { why });
}

/** Ids count up from 0 in a new process, deleted ones included: create until the right one comes. */
function searchId(strand: Strand, pid: number, timer: PosixTimerEntry): void {
  const why = `timer ${timer.it_id} of pid ${pid}: create until it has its id`;
  const id = strand.ints([-1]);
  const again = strand.label();
  strand.call('timer_delete', [load32(id)], { why, expect: ANY });
  create(strand, timer, id, why);
  const got = strand.set(load32(id), why);
  strand.until(again, got, timer.it_id, MOST_ATTEMPTS, why);
}

function create(strand: Strand, timer: PosixTimerEntry, id: Data, why: string): void {
  const event = new DataView(new ArrayBuffer(SIGEVENT_SIZE));
  event.setBigUint64(0, BigInt(timer.sival_ptr), true);
  event.setInt32(8, timer.si_signo, true);
  event.setInt32(12, timer.it_sigev_notify, true);
  event.setInt32(16, timer.notify_thread_id ?? 0, true);
  strand.call('timer_create', [timer.clock_id | 0, strand.bytes(new Uint8Array(event.buffer)), id], { why, expect: exactly(0) });
}

/** Starts them: the time that was left, counted from now. */
export function armTimers(strand: Strand, pid: number, timers: readonly PosixTimerEntry[]): void {
  for (const timer of timers) {
    const { it_id, isec, insec, vsec, vnsec } = timer;
    if (timer.expired_ns !== undefined) {
      expire(strand, pid, timer, timer.expired_ns);
      continue;
    }
    const running = vsec || vnsec;
    // No time left, but periodic: its signal is pending, and the kernel starts it anew only when that is taken.
    const value = running ? [vsec, vnsec] : [isec, insec];
    if (!(value[0] || value[1])) continue;
    const setting = strand.words([isec, insec, ...value]);
    strand.call('timer_settime', [it_id, 0, setting, 0], { why: `timer ${it_id} of pid ${pid}: start` });
  }
}

/** Runs out at once, and by its own account so long ago: the kernel sends the signal, and counts what was missed. */
function expire(strand: Strand, pid: number, { it_id, clock_id, isec, insec }: PosixTimerEntry, ago: U64): void {
  const why = `timer ${it_id} of pid ${pid}: let it run out`;
  const setting = strand.reserve(ITIMERSPEC_SIZE);
  strand.store(setting, isec, 8, why);
  strand.store(setting.plus(8), insec, 8, why);
  strand.call('clock_gettime', [clock_id | 0, setting.plus(ITIMERSPEC_VALUE)], { why });
  strand.earlier(setting.plus(ITIMERSPEC_VALUE), ago, why);
  strand.call('timer_settime', [it_id, TIMER_ABSTIME, setting, 0], { why });
}

/** A queue without the signals that their timers will send again. */
export function withoutTimers(signals: readonly SiginfoEntry[], timers: readonly PosixTimerEntry[]): readonly SiginfoEntry[] {
  const again = new Set(timers.filter(({ expired_ns }) => expired_ns !== undefined).map(({ it_id }) => it_id | 0));
  return again.size === 0 ? signals : signals.filter(({ siginfo }) => !again.has(timerOf(siginfo) ?? -1));
}

function timerOf(siginfo: Uint8Array): number | undefined {
  const info = new DataView(siginfo.buffer, siginfo.byteOffset, siginfo.byteLength);
  const sent = info.byteLength >= SI_TID + 4 && info.getInt32(SI_CODE, true) === SI_TIMER;
  return sent ? info.getInt32(SI_TID, true) : undefined;
}
