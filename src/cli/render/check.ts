// SPDX-License-Identifier: GPL-2.0-only
import type { CheckReport, Feature } from '../../check/types.js';
import { count } from '../../text/units.js';
import type { View } from '../terminal.js';
import { type Paint, painted } from './paint.js';
import { type Cell, type Column, table } from './table.js';
import { paragraph } from './wrap.js';

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'FEATURE' },
  { title: 'FOUND', wrap: true },
  { title: 'WITHOUT IT', wrap: true },
];
const MARKS = { yes: 'yes', no: 'no', unknown: '?' } as const;

/** What the kernel offers, and what each lack costs. */
export function renderCheck(report: CheckReport, view: View): string {
  const needed = report.features.filter(({ required }) => required);
  const other = report.features.filter(({ required }) => !required);
  const [lacking, there] = [
    other.filter(({ available }) => available !== 'yes'),
    other.filter(({ available }) => available === 'yes'),
  ];
  const parts = [
    `kernel ${report.kernel} on ${report.arch}`,
    section('Nothing works without', needed, view),
    section('Not here', lacking, view),
    section('Here', there, view),
    verdict(report, lacking.length, view),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function section(title: string, features: readonly Feature[], view: View): string {
  if (features.length === 0) return '';
  return `${painted(title, 'bold', view.colour)}\n${table(COLUMNS, features.map(row), view)}`;
}

function row({ name, available, detail, costs, required }: Feature): Cell[] {
  const paint: Paint = available === 'yes' ? 'green' : available === 'no' && required ? 'red' : 'yellow';
  // What is there costs nothing, and need not be read.
  return [{ text: MARKS[available], paint }, name, detail, { text: costs, paint: available === 'yes' ? 'dim' : undefined }];
}

function verdict({ ok, features }: CheckReport, lacking: number, view: View): string {
  if (ok) {
    const but = lacking === 0 ? '' : `; ${count(lacking, 'feature')} not here, at the cost told above`;
    return paragraph(`dump and restore work here${but}`, view, 'green');
  }
  const missing = features.filter(({ required, available }) => required && available === 'no').map(({ name }) => name);
  return paragraph(`dump and restore do not work here: without ${missing.join(', ')}`, view, 'red');
}
