// SPDX-License-Identifier: GPL-2.0-only
import { type Case, type FeltCase, FIGURES, type Figure } from './cases.js';
import type { FeltSample } from './felt.js';
import type { Machine } from './machine.js';
import type { Sample } from './measure.js';
import type { Pair } from './pairs.js';
import { median } from './statistics.js';

export interface CaseResult {
  readonly case: Case;
  readonly pairs: readonly Pair<Sample>[];
}

export interface FeltResult {
  readonly case: FeltCase;
  readonly pairs: readonly Pair<FeltSample>[];
}

export interface Results {
  readonly machine: Machine;
  readonly pairs: number;
  readonly cases: readonly CaseResult[];
  readonly felt: readonly FeltResult[];
}

/** One figure of both: medians, and what comes of comparing within each pair. */
export interface Comparison {
  readonly label: string;
  /** Milliseconds; undefined where no run counts. */
  readonly stasis: number | undefined;
  readonly peer: number | undefined;
  /** Of stasis to the peer, of each whole pair. */
  readonly ratios: readonly number[];
  readonly goal?: number;
}

const LABELS: Readonly<Record<Figure, string>> = {
  dump: 'dump',
  'dump-node': "dump, Node's start off",
  look: 'the look before the kill',
  frozen: 'frozen',
  restore: 'restore',
  'restore-node': "restore, Node's start off",
};

/** Milliseconds of one figure of one run; undefined where the tool has no such thing. */
function milliseconds(figure: Figure, { dump, restore, node }: Sample): number | undefined {
  const off = node?.asStasisMs ?? 0;
  switch (figure) {
    case 'dump':
      return dump.ms;
    case 'dump-node':
      return dump.ms - off;
    case 'look':
      return dump.stages?.find(({ stage }) => stage === 'look')?.ms;
    case 'frozen':
      return dump.frozenMs;
    case 'restore':
      return restore.ms;
    case 'restore-node':
      return restore.ms - off;
  }
}

function compared<T>(
  label: string,
  pairs: readonly Pair<T>[],
  value: (sample: T) => number | undefined,
  goal?: number,
): Comparison {
  const one = (sample: T | undefined): number[] => (sample === undefined ? [] : [value(sample) ?? []].flat());
  const of = (name: 'stasis' | 'peer'): number | undefined => {
    const values = pairs.flatMap((pair) => one(pair[name]));
    return values.length > 0 ? median(values) : undefined;
  };
  const ratios = pairs.flatMap(({ stasis, peer }) => one(stasis).flatMap((ours) => one(peer).map((theirs) => ours / theirs)));
  return { label, stasis: of('stasis'), peer: of('peer'), ratios, ...(goal === undefined ? {} : { goal }) };
}

export function comparisons({ case: { node, goals }, pairs }: CaseResult): Comparison[] {
  return FIGURES.filter((figure) => node || !figure.endsWith('-node')).map((figure) =>
    compared(LABELS[figure], pairs, (sample) => milliseconds(figure, sample), goals[figure]),
  );
}

export function feltComparisons({ pairs }: FeltResult): Comparison[] {
  return [
    compared('frozen, as the tool says', pairs, ({ dump }) => dump.frozenMs),
    compared('as the target feels it', pairs, ({ gapMs }) => gapMs),
    compared('(largest gap without a dump)', pairs, ({ idleGapMs }) => idleGapMs),
    compared('dump', pairs, ({ dump }) => dump.ms),
  ];
}

/** Medians of our own stages, in their order. */
export function stageMedians(pairs: readonly Pair<Sample>[], of: 'dump' | 'restore'): { stage: string; ms: number }[] {
  const times = new Map<string, number[]>();
  for (const { stasis } of pairs)
    for (const { stage, ms } of stasis?.[of].stages ?? []) times.set(stage, [...(times.get(stage) ?? []), ms]);
  return [...times].map(([stage, values]) => ({ stage, ms: median(values) }));
}

export function thrownOut(results: Results): string[] {
  return [...results.cases, ...results.felt].flatMap(({ case: { name }, pairs }) =>
    pairs.flatMap((pair) => pair.thrownOut.map((why) => `${name}, ${why}`)),
  );
}
