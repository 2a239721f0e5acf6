// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../model/types.js';

const LOOK_MS = 2;
/** How often is looked at tasks in these states, in all. */
const LOOKS = {
  /** Freeing its memory takes a killed task 40 ms a GiB. */
  dying: 10_000 / LOOK_MS,
  /** Whoever has to bury a zombie does so at once, or not at all. */
  zombie: 1000 / LOOK_MS,
};
/** PF_EXITING, include/linux/sched.h */
const EXITING = 0x4;
const SIGKILL_PENDING = 0x100n;

/** Ids of all threads of a task; that of a zombie is its pid. */
export function idsOf({ pid, threads }: Task): number[] {
  return threads.length > 0 ? threads.map(({ tid }) => tid) : [pid];
}

/**
 * Those of the tasks' ids that are taken. Bearers about to die are waited for: a tree that was dumped a moment ago may
 * still be freeing its memory.
 */
export async function takenIds(tasks: readonly Task[], signal?: AbortSignal): Promise<ReadonlySet<number>> {
  const looks = { ...LOOKS };
  const taken = new Set<number>();
  for (const tid of tasks.flatMap(idsOf)) {
    let state = stateOf(tid);
    // Counted, not timed: on a busy machine everybody is slower.
    while ((state === 'dying' || state === 'zombie') && looks[state]-- > 0) {
      await sleep(LOOK_MS);
      signal?.throwIfAborted();
      state = stateOf(tid);
    }
    if (state !== 'none') taken.add(tid);
  }
  return taken;
}

function stateOf(tid: number): 'none' | 'alive' | 'dying' | 'zombie' {
  const folder = `/proc/${tid}`;
  if (!existsSync(folder)) return 'none';
  try {
    // proc_pid_stat(5): the name may hold anything, so fields are counted from behind it.
    const stat = readFileSync(`${folder}/stat`, 'latin1');
    const [state, , , , , , flags] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return 'zombie';
    return (Number(flags) & EXITING) !== 0 || isKilled(folder) ? 'dying' : 'alive';
  } catch {
    return 'none';
  }
}

/** The group's SIGKILL is one of every thread as soon as it is sent. */
function isKilled(folder: string): boolean {
  const pending = /^SigPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`${folder}/status`, 'latin1'))?.[1];
  return pending !== undefined && (BigInt(`0x${pending}`) & SIGKILL_PENDING) !== 0n;
}
