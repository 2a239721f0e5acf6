// SPDX-License-Identifier: GPL-2.0-only
import type { DumpReport } from '../dump/types.js';
import type { RestoreReport } from '../restore/types.js';
import { bytes, count, duration } from '../text/units.js';

const FATE = { kill: 'killed', run: 'left running', stop: 'left stopped' } as const;

/** The one line that ends a dump. */
export function dumpFigures(report: DumpReport): string {
  const what = `${count(report.tasks, 'task')}, ${count(report.threads, 'thread')}`;
  const size = `${bytes(report.pagesBytes)} of pages, ${bytes(report.imageBytes)} in all`;
  const times = `frozen ${duration(report.frozenMs)}, wall ${duration(report.wallMs)}`;
  return `dumped pid ${report.pid} (${FATE[report.after]}): ${what}, ${size}, ${times}`;
}

/** The one line that ends a restore. */
export function restoreFigures(report: Omit<RestoreReport, 'tree'>): string {
  const what = `${count(report.tasks, 'task')}, ${count(report.threads, 'thread')}`;
  const size = `${bytes(report.pagesBytes)} of pages, ${bytes(report.imageBytes)} in all`;
  return `restored pid ${report.pid}: ${what}, ${size}, wall ${duration(report.wallMs)}`;
}
