// SPDX-License-Identifier: GPL-2.0-only
import { sum } from '../../inspect/memory.js';
import type { InspectReport, MemoryKind, MemorySize } from '../../inspect/types.js';
import { bytes, count, duration } from '../../text/units.js';
import type { View } from '../terminal.js';
import { renderDescriptors } from './inspect-descriptors.js';
import { painted } from './paint.js';
import { type Cell, type Column, table } from './table.js';
import { branches } from './tree.js';
import { paragraph } from './wrap.js';

const RIGHT = 'right' as const;
const TASKS: readonly Column[] = [
  { title: 'PID' },
  { title: 'COMMAND' },
  { title: 'STATE' },
  { title: 'GROUP', align: RIGHT, optional: 2 },
  { title: 'SESSION', align: RIGHT, optional: 1 },
  { title: 'THREADS', align: RIGHT },
  { title: 'FDS', align: RIGHT },
  { title: 'MAPPINGS', align: RIGHT, optional: 3 },
  { title: 'RESIDENT', align: RIGHT },
  { title: 'PRIVATE', align: RIGHT },
];
const MEMORY: readonly Column[] = [
  { title: 'KIND' },
  { title: 'MAPPINGS', align: RIGHT, optional: 1 },
  { title: 'SIZE', align: RIGHT },
  { title: 'RESIDENT', align: RIGHT },
  { title: 'PRIVATE', align: RIGHT },
];
const REFUSALS: readonly Column[] = [
  { title: 'TASK' },
  { title: 'OBJECT', wrap: true },
  { title: 'KIND', wrap: true },
  { title: 'WHY', wrap: true },
];

/** The tree, its memory, its descriptors, and what a dump would refuse. */
export function renderInspect(report: InspectReport, view: View): string {
  const parts = [
    paragraph(summary(report), view),
    section('Tree', table(TASKS, taskRows(report), view), view),
    section('Memory', table(MEMORY, memoryRows(report), view), view),
    section('Descriptors', renderDescriptors(report, view), view),
    refusals(report, view),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function section(title: string, body: string, { colour }: View): string {
  return body === '' ? '' : `${painted(title, 'bold', colour)}\n${body}`;
}

function summary({ pid, tasks, frozenMs }: InspectReport): string {
  const threads = tasks.reduce((so, task) => so + task.threads, 0);
  return `pid ${pid}: ${count(tasks.length, 'task')}, ${count(threads, 'thread')}, looked at in ${duration(frozenMs)}`;
}

function taskRows({ tasks }: InspectReport): Cell[][] {
  return branches(tasks, tasks[0]?.pid ?? 0).map(({ task, lead }) => {
    const { state, memory, descriptors, descriptorsOf } = task;
    const dead = state === 'zombie';
    return [
      `${lead}${task.pid}${task.hostPid === task.pid ? '' : ` (${task.hostPid} here)`}`,
      task.comm,
      { text: state, paint: state === 'running' ? undefined : 'yellow' },
      String(task.pgid),
      String(task.sid),
      dead ? '' : String(task.threads),
      dead ? '' : descriptorsOf === null ? String(descriptors.length) : `as ${descriptorsOf}`,
      dead ? '' : String(memory.mappings),
      dead ? '' : bytes(memory.residentBytes),
      dead ? '' : bytes(memory.privateBytes),
    ];
  });
}

/** Of all tasks together, the most private first: that is what a dump has to store. */
function memoryRows({ tasks }: InspectReport): Cell[][] {
  const all = new Map<MemoryKind, MemorySize[]>();
  for (const { memory } of tasks) for (const size of memory.kinds) all.set(size.kind, [...(all.get(size.kind) ?? []), size]);
  const rows = [...all].map(([kind, sizes]) => ({ kind, ...sum(sizes) }));
  rows.sort((a, b) => b.privateBytes - a.privateBytes || b.residentBytes - a.residentBytes);
  return [...rows.map((row) => memoryRow(row.kind, row)), memoryRow('in all', sum(rows))];
}

function memoryRow(name: string, { mappings, sizeBytes, residentBytes, privateBytes }: MemorySize): Cell[] {
  return [name, String(mappings), bytes(sizeBytes), bytes(residentBytes), bytes(privateBytes)];
}

function refusals({ refusals: list }: InspectReport, view: View): string {
  if (list.length === 0) return painted('A dump would refuse nothing.', 'green', view.colour);
  const rows = list.map(({ pid, comm, object, kind, cause, hint }) => [
    `${pid} ${comm}`,
    object,
    { text: kind, paint: 'red' as const },
    hint ? `${cause} — ${hint}` : cause,
  ]);
  return `${painted(`A dump would refuse ${count(list.length, 'thing')}`, 'red', view.colour)}\n${table(REFUSALS, rows, view)}`;
}
