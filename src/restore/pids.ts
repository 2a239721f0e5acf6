// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Task } from '../model/types.js';
import { sleep } from '../stages/wait.js';

/** Most are gone after a few looks at short distances; from then on the wait is told. */
const SOON = { looks: 100, ms: 2 };
/**
 * How often is looked at tasks that are on their way, in all. Freeing its memory takes a killed task 40 ms a GiB; then its
 * parent has to take note of its end, which init does within seconds on some machines.
 */
const LATER = { looks: 600, ms: 20 };
/** PF_EXITING, include/linux/sched.h */
const EXITING = 0x4;
const SIGKILL_PENDING = 0x100n;
const ELSEWHERE = 'restore inside a new PID namespace (unshare --pid --fork --mount-proc)';

/** Ids of all threads of a task; that of a zombie is its pid. */
export function idsOf({ pid, threads }: Task): number[] {
  return threads.length > 0 ? threads.map(({ tid }) => tid) : [pid];
}

/**
 * Those of the tasks' ids that are taken. Bearers about to die are waited for: a tree that was dumped a moment ago may
 * still be freeing its memory.
 */
export async function takenIds(
  tasks: readonly Task[],
  { signal, waiting }: { readonly signal?: AbortSignal | undefined; readonly waiting?: (tid: number) => void } = {},
): Promise<ReadonlySet<number>> {
  let looks = 0;
  const taken = new Set<number>();
  for (const tid of tasks.flatMap(idsOf)) {
    let state = stateOf(tid);
    // Counted, not timed: on a busy machine everybody is slower.
    while ((state === 'dying' || state === 'zombie') && looks++ < LATER.looks) {
      if (looks === SOON.looks) waiting?.(tid);
      await sleep(looks < SOON.looks ? SOON.ms : LATER.ms);
      signal?.throwIfAborted();
      state = stateOf(tid);
    }
    if (state !== 'none') taken.add(tid);
  }
  return taken;
}

export interface Bearer {
  /** `sleep`, or `a thread of 412 (node)`, and what is the matter with it. */
  readonly name: string;
  readonly hint: string;
}

/** Who has an id that is taken, and what is to be done about it. */
export function bearerOf(tid: number): Bearer {
  const hint = `end that process, or ${ELSEWHERE}`;
  try {
    const status = readFileSync(`/proc/${tid}/status`, 'latin1');
    const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    const comm = nameOf(tid);
    const name = line('Tgid') === String(tid) ? comm : `a thread of ${line('Tgid')} (${comm})`;
    switch (stateOf(tid)) {
      case 'zombie': {
        const [tracer, parent] = [line('TracerPid'), line('PPid')];
        const keeper = tracer === '0' ? parent : tracer;
        const who = `pid ${keeper} (${nameOf(Number(keeper))})`;
        return {
          name: `${name}, which has ended, and ${who}, its ${tracer === '0' ? 'parent' : 'tracer'}, has not taken note of that`,
          hint: `nobody can end it any more; its pid comes free when ${who} waits for its children or ends`,
        };
      }
      case 'dying':
        return { name: `${name}, which is ending`, hint: 'try again when it is gone' };
      default:
        return { name, hint };
    }
  } catch {
    return memberOf(tid) ?? { name: 'a process that just ended', hint: 'try again' };
  }
}

/** A number is taken, too, as long as a process is in the process group or session of that number, be its leader gone. */
function memberOf(id: number): Bearer | undefined {
  for (const pid of readdirSync('/proc')) {
    const [, , group, session] = /^\d+$/.test(pid) ? fieldsOf(pid) : [];
    if (group !== String(id) && session !== String(id)) continue;
    const who = `pid ${pid} (${nameOf(Number(pid))})`;
    return { name: `a process group or session: ${who} is in it`, hint: `end ${who}, or ${ELSEWHERE}` };
  }
  return undefined;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '?';
  }
}

function stateOf(tid: number): 'none' | 'alive' | 'dying' | 'zombie' {
  const folder = `/proc/${tid}`;
  if (!existsSync(folder)) return 'none';
  const [state, , , , , , flags] = fieldsOf(tid);
  if (state === undefined) return 'none';
  try {
    if (state === 'Z' || state === 'X') return 'zombie';
    return (Number(flags) & EXITING) !== 0 || isKilled(folder) ? 'dying' : 'alive';
  } catch {
    return 'none';
  }
}

/** proc_pid_stat(5) from the state on; none for who is gone. The name may hold anything, so fields are counted from behind it. */
function fieldsOf(pid: number | string): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** The group's SIGKILL is one of every thread as soon as it is sent. */
function isKilled(folder: string): boolean {
  const pending = /^SigPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`${folder}/status`, 'latin1'))?.[1];
  return pending !== undefined && (BigInt(`0x${pending}`) & SIGKILL_PENDING) !== 0n;
}
