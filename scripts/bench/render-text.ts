// SPDX-License-Identifier: GPL-2.0-only
import { type Column, table } from '../../src/cli/render/table.js';
import { duration } from '../../src/text/units.js';
import { atBest } from './best.js';
import type { Machine } from './machine.js';
import {
  type CaseResult,
  type Comparison,
  comparisons,
  feltComparisons,
  type Results,
  stageMedians,
  thrownOut,
} from './results.js';
import { median, spread } from './statistics.js';

const NAMES: readonly Column[] = [{ title: 'target' }, { title: 'figure' }];
const OURS: readonly Column[] = [{ title: 'stasis', align: 'right' }];
const THEIRS: readonly Column[] = [
  { title: 'peer', align: 'right' },
  { title: 'ratio', align: 'right' },
  { title: 'from–to', align: 'right' },
];
const AT_BEST: readonly Column[] = [{ title: 'machine', align: 'right' }];
const GOAL: readonly Column[] = [{ title: 'goal' }];

/** Everything, as a person reads it. */
export function renderText(results: Results, withStages: boolean): string {
  const { cases, felt, machine } = results;
  const peer = machine.peer !== undefined;
  const parts: string[] = [];
  const columns = [...NAMES, ...OURS, ...(peer ? THEIRS : []), ...AT_BEST, ...(peer ? GOAL : [])];
  if (cases.length > 0) {
    const rows = cases.flatMap((result) =>
      named(result.case.name, comparisons(result)).map((row) => cells(row, peer, best(result, machine))),
    );
    parts.push(table(columns, rows), nodeLines(cases));
  }
  if (felt.length > 0) {
    const rows = felt.flatMap((result) =>
      named(result.case.name, feltComparisons(result)).map((row) => cells(row, peer, () => '')),
    );
    parts.push(
      'Left running:',
      table(
        [...NAMES, ...OURS, ...(peer ? THEIRS : [])],
        rows.map((row) => row.slice(0, peer ? 6 : 3)),
      ),
    );
  }
  if (withStages) parts.push(...cases.map(stageLines));
  const bad = thrownOut(results);
  if (bad.length > 0) parts.push(`Runs that do not count:\n${bad.map((why) => `  ${why}`).join('\n')}`);
  parts.push(explanation(results), machineLines(machine));
  return parts.filter(Boolean).join('\n\n');
}

type Named = Comparison & { readonly name: string };

/** The name of a case stands in its first line only. */
function named(name: string, rows: readonly Comparison[]): Named[] {
  return rows.map((row, at) => ({ ...row, name: at === 0 ? name : '' }));
}

function best(result: CaseResult, machine: Machine): (label: string) => string {
  return (label) => time(atBest(result, machine, label));
}

function cells(
  { name, label, stasis, peer, ratios, goal }: Named,
  withPeer: boolean,
  limit: (label: string) => string,
): string[] {
  if (!withPeer) return [name, label, time(stasis), limit(label)];
  const ratio = ratios.length > 0 ? median(ratios) : undefined;
  const reached = ratio === undefined || goal === undefined ? '' : ratio <= goal ? ' ok' : ' missed';
  const goalText = goal === undefined ? '' : `≤ ${goal}${reached}`;
  return [
    name,
    label,
    time(stasis),
    time(peer),
    ratio?.toFixed(2) ?? '',
    ratios.length > 0 ? spread(ratios) : '',
    limit(label),
    goalText,
  ];
}

function time(ms: number | undefined): string {
  return ms === undefined ? '' : duration(ms);
}

function nodeLines(cases: readonly CaseResult[]): string {
  const times = cases.flatMap(({ pairs }) => pairs.flatMap(({ stasis }) => stasis?.node ?? []));
  if (times.length === 0) return '';
  const [ours, plain] = [median(times.map(({ asStasisMs }) => asStasisMs)), median(times.map(({ plainMs }) => plainMs))];
  const kept = process.env['NODE_EXTRA_CA_CERTS'] ? `; ${duration(plain)} with NODE_EXTRA_CA_CERTS, which is set here` : '';
  return `node -e 0 takes ${duration(ours)} as bin/stasis starts it, without NODE_EXTRA_CA_CERTS (this is what is taken off)${kept}.`;
}

function stageLines({ case: { name }, pairs }: CaseResult): string {
  const line = (of: 'dump' | 'restore'): string =>
    `  ${of.padEnd(8)} ${stageMedians(pairs, of)
      .map(({ stage, ms }) => `${stage} ${ms.toFixed(1)}`)
      .join(' | ')}`;
  return `Our stages, ${name} (ms):\n${line('dump')}\n${line('restore')}`;
}

function explanation({ pairs, machine }: Results): string {
  const common = [
    'Times are of whole commands, from spawn to exit, medians; "frozen" is what the tool reports of itself, with the target killed in the end.',
    'Every restored target has proven its content. "machine": the time in which the machine could write the pages to the page cache, or copy them.',
  ];
  const peerPart =
    machine.peer === undefined
      ? 'These are our own figures; ratios to CRIU need --peer PATH.'
      : `Ratios (stasis / peer) are medians over ${pairs} pairs of the ratio within each pair; below 1 stasis is faster.`;
  return [...common, peerPart].join('\n');
}

function machineLines({ date, kernel, cpu, cpus, node, fileSystem, load, rates, peer }: Machine): string {
  const rate = (of: 'memcpy' | 'readv' | 'write'): string => rates.map((each) => (each[of] / 1e9).toFixed(1)).join(' / ');
  const threads = rates.map((each) => each.threads).join(' / ');
  // Two threads of ours lose more to others than the peer's one does.
  const busy = load > cpus / 2 ? ['OTHERS WERE AT WORK on this machine: neither times nor ratios are what it can do alone.'] : [];
  return [
    ...busy,
    `Machine's limits, ${threads} threads, GB/s: memcpy ${rate('memcpy')}, process_vm_readv ${rate('readv')}, page-cache write (${fileSystem}) ${rate('write')}`,
    `${date}, Linux ${kernel}, ${cpus} × ${cpu}, Node ${node}${peer === undefined ? '' : `, peer ${peer}`}, load ${load} at the start`,
  ].join('\n');
}
