// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { Refusal } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';

export type { Refusal };

/** What one resource kind refuses, as in src/subsystems/dump-side.ts. */
interface Judge {
  refuse?(facts: Facts): Iterable<Refusal>;
}

/** Everything that cannot be dumped: what the native side met, and what each subsystem finds in the survey. */
export function refusalsOf(facts: Facts, judges: readonly Judge[]): Refusal[] {
  const met = facts.survey.refusals;
  // Both know some mappings; the native side, which has seen more of them, says more.
  const mappings = new Set(
    met.filter(({ object }) => object.startsWith('mapping ')).map(({ pid, object }) => `${pid} ${object}`),
  );
  const found = judges.flatMap((judge) => [...(judge.refuse?.(facts) ?? [])]);
  return [...met, ...found.filter(({ pid, object }) => !mappings.has(`${pid} ${object}`))];
}

/** One error for everything that cannot be dumped. */
export function refused(pid: number, refusals: readonly Refusal[]): StasisError {
  const [first] = refusals;
  const one = refusals.length === 1 && first;
  return new StasisError({
    kind: 'unsupported',
    operation: 'dump',
    object: one ? subject(one) : `pid ${pid}`,
    cause: one
      ? reason(one)
      : `it holds ${refusals.length} things that are not supported: ${refusals.map((each) => `${subject(each)}: ${reason(each)}`).join('; ')}`,
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
