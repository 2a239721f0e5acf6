// SPDX-License-Identifier: GPL-2.0-only

/** The figures that are compared. `-node`: with the time of `node -e 0` taken off ours. `look`: ours alone, part of the dump. */
export const FIGURES = ['dump', 'dump-node', 'look', 'frozen', 'restore', 'restore-node'] as const;
export type Figure = (typeof FIGURES)[number];

/** A tree of equal processes, each with memory of random content and threads that wait. */
export interface Case {
  readonly id: string;
  readonly name: string;
  /** A process. */
  readonly mib: number;
  readonly processes: number;
  /** A process, its first among them. */
  readonly threads: number;
  /** Small enough for the start of Node to matter. */
  readonly node?: true;
  /** Ratios to the peer that are to be reached. */
  readonly goals: Partial<Record<Figure, number>>;
}

export const CASES: readonly Case[] = [
  {
    id: '4m',
    name: '4 MiB',
    mib: 4,
    processes: 1,
    threads: 1,
    node: true,
    goals: { dump: 3, 'dump-node': 1.2, restore: 3, 'restore-node': 1.2 },
  },
  { id: '1g', name: '1 GiB', mib: 1024, processes: 1, threads: 1, goals: { dump: 0.7, frozen: 0.6, restore: 0.6 } },
  { id: '16x64m', name: '16 × 64 MiB', mib: 64, processes: 16, threads: 1, goals: { dump: 0.6, restore: 0.8 } },
  { id: '100x4m', name: '100 × 4 MiB', mib: 4, processes: 100, threads: 1, goals: { dump: 0.5, restore: 0.8 } },
  { id: '1000t', name: '1000 threads', mib: 4, processes: 1, threads: 1000, goals: { dump: 0.8, restore: 0.8 } },
];

/** A process with a thread that reads the clock all the time, dumped and left running. */
export interface FeltCase {
  readonly id: string;
  readonly name: string;
  readonly mib: number;
}

export const FELT: readonly FeltCase[] = [
  { id: 'felt-64m', name: '64 MiB, being written to', mib: 64 },
  { id: 'felt-1g', name: '1 GiB, being written to', mib: 1024 },
];

/** @throws TypeError for an id that no case has */
export function chosen<T extends { readonly id: string }>(cases: readonly T[], only: readonly string[]): readonly T[] {
  const unknown = only.find((id) => ![...CASES, ...FELT].some((each) => each.id === id));
  if (unknown !== undefined) throw new TypeError(`--only: there is no case ${unknown}`);
  return only.length === 0 ? cases : cases.filter(({ id }) => only.includes(id));
}
