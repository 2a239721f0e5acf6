// SPDX-License-Identifier: GPL-2.0-only

export interface Point {
  readonly n: number;
  readonly ms: number;
  /** Processor time. */
  readonly cpuMs: number;
}

/** Sizes that count, the largest: smaller ones tell more of the fixed cost than of the growth. */
const LARGEST = 3;
/** Growth of less is noise. */
const LEAST_MS = 10;

/**
 * The power of n that the time grows by: least squares over the logarithms of the largest sizes, the time of the smallest
 * size taken off as what any size costs. Undefined where too little grows to tell. `points`: ascending.
 */
export function exponent(points: readonly Point[], of: 'ms' | 'cpuMs' = 'ms'): number | undefined {
  const [first, ...others] = points;
  if (!first) return undefined;
  const grown = others
    .slice(-LARGEST)
    .map((point) => ({ n: point.n, ms: point[of] - first[of] }))
    .filter(({ ms }) => ms >= LEAST_MS);
  if (grown.length < 2) return undefined;
  const logs = grown.map(({ n, ms }) => ({ x: Math.log(n), y: Math.log(ms) }));
  const meanX = mean(logs.map(({ x }) => x));
  const meanY = mean(logs.map(({ y }) => y));
  const sxy = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const sxx = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return sxy / sxx;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
