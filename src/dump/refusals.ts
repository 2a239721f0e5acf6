// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { Refusal } from '../facts/generated.js';

export type { Refusal };

/** One error for everything that cannot be dumped. */
export function refused(pid: number, refusals: readonly Refusal[]): StasisError {
  const [first] = refusals;
  const one = refusals.length === 1 && first;
  return new StasisError({
    kind: 'unsupported',
    operation: 'dump',
    object: one ? subject(one) : `pid ${pid}`,
    cause: one ? reason(one) : `it holds ${refusals.length} things that are not supported: ${refusals.map((each) => `${subject(each)}: ${reason(each)}`).join('; ')}`,
    hint: hints(refusals),
    details: { pid, refusals },
  });
}

function subject({ pid, comm, object }: Refusal): string {
  const task = comm ? `pid ${pid} (${comm})` : `pid ${pid}`;
  return object ? `${object} of ${task}` : task;
}

function reason({ kind, cause }: Refusal): string {
  return [kind, cause].filter((part) => part).join(': ');
}

function hints(refusals: readonly Refusal[]): string | undefined {
  const texts = new Set(refusals.map(({ hint }) => hint).filter((hint) => hint));
  return texts.size > 0 ? [...texts].join('; ') : undefined;
}
