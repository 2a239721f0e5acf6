// SPDX-License-Identifier: GPL-2.0-only
import { duration } from '../../src/text/units.js';
import { type Comparison, comparisons, feltComparisons, type Results } from './results.js';
import { median } from './statistics.js';

/** Tables for a README: a line for each target, the ratio first. */
export function renderMarkdown({ machine, pairs, cases, felt }: Results): string {
  const { date, kernel, cpu, cpus, node, fileSystem, rates, peer } = machine;
  const most = rates.at(-1);
  const rate = (of: 'memcpy' | 'readv' | 'write'): string => ((most?.[of] ?? 0) / 1e9).toFixed(1);
  const plain = cases.map((result) => ({
    name: result.case.name,
    rows: comparisons(result).filter(({ label }) => !label.includes('Node') && !label.includes('look')),
  }));
  const withoutNode = cases
    .filter((result) => result.case.node)
    .map((result) => ({
      name: `${result.case.name}, the time of \`node -e 0\` taken off`,
      rows: comparisons(result).filter(({ label }) => label.includes('Node') || label === 'frozen'),
    }));
  const feeling = felt.map((result) => ({ name: result.case.name, rows: feltComparisons(result).slice(0, 2) }));
  const compared = peer === undefined ? '' : `, ratio to ${peer} (in brackets: Stasis : ${peer}), medians of ${pairs} pairs`;
  return [
    `${date}, Linux ${kernel}, ${cpus} × ${cpu}, Node ${node}, images on ${fileSystem}${compared}:`,
    rowsTable(['target', 'dump', 'frozen', 'restore'], [...plain, ...withoutNode]),
    ...(felt.length === 0 ? [] : [rowsTable(['left running', 'frozen', "largest gap in the target's own clock"], feeling)]),
    `The machine itself, ${most?.threads} threads: memcpy ${rate('memcpy')} GB/s, \`process_vm_readv\` ${rate('readv')} GB/s, page-cache write ${rate('write')} GB/s.`,
  ].join('\n\n');
}

function rowsTable(titles: readonly string[], lines: readonly { name: string; rows: readonly Comparison[] }[]): string {
  const body = lines.map(({ name, rows }) => [name, ...rows.map(cell)]);
  return [titles, titles.map((_, at) => (at === 0 ? '---' : '---:')), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell({ stasis, peer, ratios }: Comparison): string {
  if (stasis === undefined) return '—';
  if (peer === undefined || ratios.length === 0) return duration(stasis);
  return `**${median(ratios).toFixed(2)}** (${duration(stasis)} : ${duration(peer)})`;
}
