// SPDX-License-Identifier: GPL-2.0-only
import type { Inner, PosixTimer, Task } from '../../../facts/generated.js';
import { SIGINFO_SIZE } from '../../../linux/process.js';
import { SI_CODE, SI_TID, SI_TIMER } from './siginfo.js';

/** What a timer has left, and how often it comes again, in nanoseconds; 0: it does not run, or comes once. */
export interface Setting {
  readonly value: bigint;
  readonly interval: bigint;
}

/**
 * Timers run on while a task is frozen. They are read first and pending signals afterwards, so that a signal is never
 * missing; a timer that ran out in between is told with time left *and* with its signal, of which only one may be true.
 */
export class RanOut {
  private readonly elapsed: bigint;
  private readonly signals: ReadonlySet<number>;
  private readonly timers: ReadonlySet<number>;

  constructor({ timersReadNs, pendingReadNs, sharedPending }: Inner, { threads }: Task) {
    this.elapsed = BigInt(pendingReadNs) - BigInt(timersReadNs);
    const pending = [...infos(sharedPending), ...threads.flatMap((thread) => [...infos(thread.pending)])];
    this.signals = new Set(pending.map((info) => info.getInt32(0, true)));
    this.timers = new Set(
      pending.filter((info) => info.getInt32(SI_CODE, true) === SI_TIMER).map((info) => info.getInt32(SI_TID, true)),
    );
  }

  /** ITIMER_REAL, which sends SIGALRM. The kernel starts a periodic one again when that is taken, and until then says 0. */
  interval(setting: Setting, signal: number): Setting {
    if (!this.ended(setting)) return setting;
    return { ...setting, value: this.signals.has(signal) ? 0n : MICROSECOND };
  }

  /** A POSIX timer, of a clock that runs on. `silent`: SIGEV_NONE, there is no signal. */
  posix(setting: Setting, id: number, silent: boolean): Setting {
    if (!this.ended(setting)) return setting;
    const { value, interval } = setting;
    if (!silent && !this.timers.has(id)) return { interval, value: 1n };
    return { interval, value: interval === 0n ? 0n : interval - ((this.elapsed - value) % interval) };
  }

  /**
   * How long ago a timer ran out whose signal is pending; undefined for others. A periodic one rests until its signal is
   * taken, and the periods that go by until then are told with the signal; to have been asked for the time left has moved it
   * on by as many. `runsOn`: its clock did, since.
   */
  expired({ value, interval }: Setting, { id, known, waiting, periods }: PosixTimer, runsOn: boolean): bigint | undefined {
    if (!this.timers.has(id)) return undefined;
    if (interval === 0n) return value === 0n ? 0n : undefined;
    // Set anew since its signal was sent, which will be forgotten.
    if (known && !waiting) return undefined;
    const since = runsOn ? this.elapsed : 0n;
    const ago = (known ? BigInt(periods) : 1n) * interval - value + since;
    return ago > 0n ? ago : 0n;
  }

  /** It had less left than went by. Where its signal is not there yet, all the same, it has next to nothing left. */
  private ended({ value }: Setting): boolean {
    return value > 0n && value <= this.elapsed;
  }
}

/** The shortest time that setitimer(2) takes. */
const MICROSECOND = 1000n;

function* infos(bytes: Uint8Array): Generator<DataView> {
  for (let at = 0; at + SIGINFO_SIZE <= bytes.length; at += SIGINFO_SIZE)
    yield new DataView(bytes.buffer, bytes.byteOffset + at, SIGINFO_SIZE);
}
