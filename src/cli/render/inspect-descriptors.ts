// SPDX-License-Identifier: GPL-2.0-only
import type { Holder, InspectedDescriptor, InspectedTask, InspectReport } from '../../inspect/types.js';
import type { View } from '../terminal.js';
import { type Cell, type Column, table } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'PID' },
  { title: 'FD', align: 'right' },
  { title: 'MODE', optional: 1 },
  { title: 'KIND' },
  { title: 'LEADS TO', wrap: true },
  { title: 'SHARED WITH', wrap: true, optional: 2 },
];
/** Of a descriptor that hundreds of tasks have inherited, it is enough to know how many. */
const SHOWN = 3;

/** All descriptors of a tree, a line each; those at which a dump would stop are marked. */
export function renderDescriptors({ tasks }: InspectReport, view: View): string {
  const rows = tasks.flatMap((task) => task.descriptors.map((descriptor, i) => row(task, descriptor, i === 0)));
  return rows.length === 0 ? '' : table(COLUMNS, rows, view);
}

function row({ pid }: InspectedTask, { fd, kind, access, detail, sharedWith, refused }: InspectedDescriptor, first: boolean): Cell[] {
  return [
    // The eye finds where the next task begins, and so does grep.
    { text: String(pid), paint: first ? undefined : 'dim' },
    String(fd),
    access,
    refused ? { text: `${kind} (refused)`, paint: 'red' } : kind,
    detail,
    sharedText(pid, sharedWith),
  ];
}

function sharedText(pid: number, holders: readonly Holder[]): string {
  const names = holders.slice(0, SHOWN).map((holder) => (holder.pid === pid ? `fd ${holder.fd}` : `fd ${holder.fd} of ${holder.pid}`));
  return `${names.join(', ')}${holders.length > SHOWN ? ` and ${holders.length - SHOWN} more` : ''}`;
}
