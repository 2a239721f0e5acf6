// SPDX-License-Identifier: GPL-2.0-only
import type { CheckReport } from '../../check/types.js';
import { table } from './table.js';

/** What the kernel offers, and what each lack costs. */
export function renderCheck(report: CheckReport): string {
  const rows = report.features.map(({ name, available, detail, costs }) => [
    name,
    available,
    detail,
    available === 'yes' ? '' : costs,
  ]);
  const missing = report.features.filter(({ required, available }) => required && available === 'no').map(({ name }) => name);
  return [
    `kernel ${report.kernel} on ${report.arch}`,
    '',
    table([{ title: 'FEATURE' }, { title: 'THERE' }, { title: 'DETAIL' }, { title: 'COST OF THE LACK' }], rows),
    '',
    report.ok ? 'dump and restore work here' : `dump and restore do not work here: ${missing.join(', ')} missing`,
  ].join('\n');
}
