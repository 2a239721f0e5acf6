// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError, withUndo } from '../errors/as-stasis-error.js';
import { describeErrno } from '../errors/errno.js';
import { StasisError } from '../errors/index.js';
import { unfinished } from '../errors/unfinished.js';
import { type Arena, childOf } from '../program/index.js';
import { bearerOf } from './pids.js';

interface OperationFailure {
  /** 1 + index of the reason; likewise strand and op: the native side leaves zeros out. */
  readonly why: number;
  readonly strand?: number;
  readonly op?: number;
  readonly tid?: number;
  readonly pid?: number;
  readonly call?: string;
  readonly errno?: number;
  readonly result?: number;
}

const HINTS = new Map<string, string>([
  ['EPERM', 'a restore needs root with all capabilities of the dumped tasks'],
  ['EMFILE', 'raise the hard limit on open files (ulimit -Hn)'],
  ['ENOMEM', 'there is not enough memory'],
  ['EADDRINUSE', 'another process has it, or connections of before linger there for a minute (TIME_WAIT in `ss -tan`)'],
]);

/**
 * An operation of the plan that failed becomes its own reason: `fd 7 of pid 412: open /var/log/x`. `ownPids`: numbers are not this
 * host's.
 */
export function restoreFailure(thrown: unknown, arena: Arena | undefined, ownPids = false): StasisError {
  const failure = parse(thrown);
  const why = failure && arena?.reason(failure.why - 1, (failure.strand ?? 1) - 1);
  if (!failure || !arena || why === undefined) return takenRoot(thrown) ?? unfinished(asStasisError(thrown), 'restore');
  const { pid, tid, call, errno, result } = failure;
  const known = errno ? describeErrno(errno) : undefined;
  const cause = `${call && !names(why, call) ? `${call}: ` : ''}${known ? known.text : `unexpected result ${result}`}`;
  const taken = known?.name === 'EEXIST' && !ownPids ? takenBy(failure, arena) : undefined;
  const failed = new StasisError({
    operation: 'restore',
    object: why,
    ...(taken ?? { kind: 'restore', cause, hint: known && HINTS.get(known.name) }),
    details: {
      stage: 'run',
      ...(pid === undefined ? {} : { pid }),
      ...(tid === undefined ? {} : { tid }),
      ...(call === undefined ? {} : { call }),
      ...(known && errno ? { errno, errnoName: known.name } : {}),
      strand: (failure.strand ?? 1) - 1,
      step: (failure.op ?? 1) - 1,
    },
    source: thrown,
  });
  return withUndo(failed, thrown);
}

/** Somebody has taken an id since the host was looked at, and has kept it for as long as it was asked for again. */
function takenBy({ strand = 1, op = 1 }: OperationFailure, arena: Arena) {
  const made = childOf(arena, strand - 1, op - 1);
  if (!made?.tid) return undefined;
  const { name, hint } = bearerOf(made.tid);
  return { kind: 'host', cause: `its number, ${made.tid}, is taken by ${name}`, hint } as const;
}

/** The same of the root, which no operation makes. */
function takenRoot(thrown: unknown): StasisError | undefined {
  const { kind, details, source } = asStasisError(thrown);
  const { pid } = details;
  if (kind !== 'host' || details.stage !== 'restore the task' || typeof pid !== 'number') return undefined;
  const { name, hint } = bearerOf(pid);
  const cause = `the pid is taken by ${name}`;
  return withUndo(new StasisError({ kind, operation: 'restore', object: `pid ${pid}`, cause, hint, details, source }), thrown);
}

/** `unix socket 5: bind to /x` need not be followed by `bind:`. */
function names(why: string, call: string): boolean {
  return why.split(/[^\w]+/).includes(call);
}

function parse(thrown: unknown): OperationFailure | undefined {
  if (!(thrown instanceof Error) || !thrown.message.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(thrown.message) as Partial<OperationFailure>;
    return typeof value.why === 'number' ? (value as OperationFailure) : undefined;
  } catch {
    return undefined;
  }
}
