// SPDX-License-Identifier: GPL-2.0-only

/** A descriptor is duplicated from one number to another. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

/**
 * The same moves in an order in which no number is overwritten that is still to be duplicated. Where they go round in a
 * circle, one of them begins with a move to `spare()`, a number that is free. Every `to` is there once.
 */
export function inOrder<M extends Move>(moves: readonly M[], spare: () => number): (M | Move)[] {
  const readers = new Map<number, number>();
  const writer = new Map<number, M>();
  for (const move of moves) {
    readers.set(move.from, (readers.get(move.from) ?? 0) + 1);
    writer.set(move.to, move);
  }
  const ordered: (M | Move)[] = [];
  const done = new Set<M>();
  const settle = (first: M): void => {
    for (let move: M | undefined = first; move && !done.has(move) && !readers.get(move.to); ) {
      ordered.push(move);
      done.add(move);
      const more: number = (readers.get(move.from) ?? 1) - 1;
      readers.set(move.from, more);
      // Nobody needs its old number any more: whoever waits to have it is next.
      move = more === 0 ? writer.get(move.from) : undefined;
    }
  };
  for (const move of moves) settle(move);
  // All that is left are circles: each number in them is taken from once.
  const left = moves.filter((move) => !done.has(move));
  const reader = new Map(left.map((move) => [move.from, move]));
  for (const move of left) {
    if (done.has(move)) continue;
    const kept = spare();
    const late = reader.get(move.to) as M;
    ordered.push({ from: move.to, to: kept });
    readers.set(move.to, 0);
    done.add(late);
    settle(move);
    ordered.push({ ...late, from: kept });
  }
  return ordered;
}
