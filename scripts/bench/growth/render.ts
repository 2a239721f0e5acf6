// SPDX-License-Identifier: GPL-2.0-only
import { table } from '../../../src/cli/render/table.js';
import { duration } from '../../../src/text/units.js';
import { exponent, type Point } from './exponent.js';
import type { Growth } from './measure.js';

/** What is to be reached. */
const MOST = 1.2;

/** One line for each kind and direction: time against n, and the exponent. */
export function renderGrowth(results: readonly Growth[]): string {
  const rows = results.flatMap(({ kind, dump, restore }) => [row(kind.name, 'dump', dump), row('', 'restore', restore)]);
  const columns = [
    { title: 'kind' },
    { title: '' },
    { title: 'time by number' },
    { title: 'exponent', align: 'right' as const },
    { title: 'of CPU time', align: 'right' as const },
  ];
  const bad = results.flatMap(({ thrownOut }) => thrownOut);
  const parts = [
    table(columns, rows),
    'Times are of whole commands, the least of all runs of a size. Exponents are of the three largest sizes, the time of the smallest taken off; CPU\ntime is that of the command, which others at work on the machine do not change, without what restored tasks do themselves.',
    ...(bad.length > 0 ? [`Runs that do not count:\n${bad.map((why) => `  ${why}`).join('\n')}`] : []),
  ];
  return parts.join('\n\n');
}

function row(name: string, direction: string, points: readonly Point[]): string[] {
  const times = points.map(({ n, ms }) => `${n}: ${duration(ms)}`).join(', ');
  return [name, direction, times, told(exponent(points)), told(exponent(points, 'cpuMs'))];
}

function told(power: number | undefined): string {
  return power === undefined ? '' : `${power.toFixed(2)}${power > MOST ? ' !' : ''}`;
}

/** Whether everything was measured, and nothing grows faster than it should. */
export function isFine(results: readonly Growth[]): boolean {
  return results.every(
    ({ dump, restore, thrownOut }) =>
      thrownOut.length === 0 && [dump, restore].every((points) => (exponent(points) ?? 0) <= MOST),
  );
}
