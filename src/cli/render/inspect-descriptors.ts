// SPDX-License-Identifier: GPL-2.0-only
import type { Holder, InspectedDescriptor, InspectedTask, InspectReport } from '../../inspect/types.js';
import type { View } from '../terminal.js';
import { type Cell, type Column, table } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'PID' },
  { title: 'FD', align: 'right' },
  { title: 'MODE', optional: 1 },
  { title: 'KIND', wrap: true },
  { title: 'LEADS TO', wrap: true },
  { title: 'SHARED WITH', wrap: true, optional: 2 },
];
/** Of a descriptor that hundreds of tasks have inherited, it is enough to know how many. */
const SHOWN = 3;

/** Descriptors of a task whose numbers follow each other. */
interface Run {
  readonly descriptors: InspectedDescriptor[];
  /** The earlier task in which they have the same numbers. */
  readonly source: number | undefined;
}

/** All descriptors of a tree; those at which a dump would stop are marked, and what was inherited is told once. */
export function renderDescriptors({ tasks }: InspectReport, view: View): string {
  const seen = new Set<number>();
  const rows = tasks.flatMap((task) => {
    const found = runs(task, seen).map((run) => row(task, run));
    seen.add(task.pid);
    return found.map(([pid = '', ...rest], i) => [i === 0 ? pid : { text: String(task.pid), paint: 'dim' as const }, ...rest]);
  });
  return rows.length === 0 ? '' : table(COLUMNS, rows, view);
}

function runs({ descriptors }: InspectedTask, seen: ReadonlySet<number>): Run[] {
  const list: Run[] = [];
  for (const descriptor of descriptors) {
    const source = descriptor.sharedWith.find(({ pid, fd }) => seen.has(pid) && fd === descriptor.fd)?.pid;
    const last = list.at(-1);
    const follows = last?.source === source && last?.descriptors.at(-1)?.fd === descriptor.fd - 1;
    if (last && source !== undefined && follows) last.descriptors.push(descriptor);
    else list.push({ descriptors: [descriptor], source });
  }
  return list;
}

function row({ pid }: InspectedTask, { descriptors, source }: Run): Cell[] {
  const [first, last] = [descriptors[0] as InspectedDescriptor, descriptors.at(-1) as InspectedDescriptor];
  if (source !== undefined && first !== last) {
    return [String(pid), `${first.fd}-${last.fd}`, '', '', { text: `the same as in ${source}`, paint: 'dim' }, ''];
  }
  const { fd, kind, access, detail, sharedWith, refused } = first;
  return [
    String(pid),
    String(fd),
    access,
    refused ? { text: `${kind} (refused)`, paint: 'red' } : kind,
    detail,
    sharedText(pid, sharedWith),
  ];
}

function sharedText(pid: number, holders: readonly Holder[]): string {
  const names = holders
    .slice(0, SHOWN)
    .map((holder) => (holder.pid === pid ? `fd ${holder.fd}` : `fd ${holder.fd} of ${holder.pid}`));
  return `${names.join(', ')}${holders.length > SHOWN ? ` and ${holders.length - SHOWN} more` : ''}`;
}
