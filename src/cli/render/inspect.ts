// SPDX-License-Identifier: GPL-2.0-only
import type { InspectedTask, InspectReport } from '../../inspect/types.js';
import { bytes, count } from '../units.js';
import { table } from './table.js';

/** The tree, its memory, its descriptors, and what a dump would refuse. */
export function renderInspect(report: InspectReport): string {
  const parts = [tree(report), descriptors(report)];
  if (report.refusals.length === 0) parts.push('a dump would refuse nothing');
  else {
    const rows = report.refusals.map(({ pid, comm, object, kind, reason }) => [String(pid), comm, object, kind, reason]);
    const head = `a dump would refuse ${count(report.refusals.length, 'thing')}:`;
    parts.push(`${head}\n${table(titles('PID', 'COMM', 'OBJECT', 'KIND', 'REASON'), rows)}`);
  }
  return parts.join('\n\n');
}

function tree(report: InspectReport): string {
  const depths = depthsOf(report);
  const rows = report.tasks.map((task) => {
    const { memory } = task;
    return [
      `${'  '.repeat(depths.get(task.pid) ?? 0)}${task.pid}`,
      task.comm,
      task.state,
      ...[task.ppid, task.pgid, task.sid, task.threads, task.descriptors.length, memory.mappings].map(String),
      ...[memory.sizeBytes, memory.residentBytes, memory.privateBytes, memory.sharedBytes, memory.swapBytes].map(bytes),
    ];
  });
  const right = ['PPID', 'PGID', 'SID', 'THREADS', 'FDS', 'VMAS', 'SIZE', 'RESIDENT', 'PRIVATE', 'SHARED', 'SWAP'];
  const columns = [...titles('PID', 'COMM', 'STATE'), ...right.map((title) => ({ title, align: 'right' as const }))];
  return table(columns, rows);
}

function descriptors(report: InspectReport): string {
  const rows = report.tasks.flatMap((task) =>
    task.descriptors.map(({ fd, kind, detail }) => [String(task.pid), String(fd), kind, detail]),
  );
  return table([{ title: 'PID' }, { title: 'FD', align: 'right' }, { title: 'KIND' }, { title: 'DETAIL' }], rows);
}

function depthsOf(report: InspectReport): Map<number, number> {
  const byPid = new Map<number, InspectedTask>(report.tasks.map((task) => [task.pid, task]));
  const depths = new Map<number, number>();
  for (const task of report.tasks) {
    let depth = 0;
    // A tree cannot be deeper than it has tasks: a snapshot of moving pids might form a circle.
    for (let at = byPid.get(task.ppid); at && task.pid !== report.pid && depth < report.tasks.length; at = byPid.get(at.ppid)) {
      depth += 1;
      if (at.pid === report.pid) break;
    }
    depths.set(task.pid, depth);
  }
  return depths;
}

function titles(...names: string[]): { title: string }[] {
  return names.map((title) => ({ title }));
}
