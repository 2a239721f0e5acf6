// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:os';
import { StasisError } from '../errors/index.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with an AbortSignal that SIGINT, SIGTERM or SIGHUP trip: the work gives back or removes what it has
 * touched and then rejects. Later signals change nothing: giving back must not be cut short, and what was done is
 * reported as done. So the process stays deaf to them until it exits, or until somebody else takes them over.
 */
export function interruptible<T>(operation: string, object: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  for (const name of SIGNALS) process.on(name, () => controller.abort(interrupted(operation, object, name)));
  return work(controller.signal);
}

/** The signal that tripped it, if one has. */
export function signalsOf({ reason }: AbortSignal): NodeJS.Signals[] {
  const number = reason instanceof StasisError ? reason.details.signal : undefined;
  return SIGNALS.filter((name) => constants.signals[name] === number);
}

function interrupted(operation: string, object: string, name: (typeof SIGNALS)[number]): StasisError {
  return new StasisError({
    kind: 'interrupted',
    operation,
    object,
    cause: `interrupted by ${name}`,
    details: { signal: constants.signals[name] },
  });
}
