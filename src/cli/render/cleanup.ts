// SPDX-License-Identifier: GPL-2.0-only

import { count } from '../../text/units.js';
import type { CleanedCommand, CleanedItem, CleanupReport } from '../../undo/types.js';
import { harmless } from './paint.js';

/** Whether all that could be is taken back. */
export function isClean({ commands }: CleanupReport): boolean {
  return commands.every(({ items, postponed }) => postponed === undefined && items.every(({ fate }) => fate !== 'left'));
}

/** What was taken back, one thing a line. */
export function renderCleanup(report: CleanupReport): string {
  const { commands, dryRun } = report;
  if (commands.length === 0) return 'nothing is left of a dump or restore that was killed';
  const lines = commands.flatMap((command) => [head(command), ...told(command, dryRun)]);
  const items = commands.flatMap((command) => command.items);
  const taken = items.filter(({ fate }) => fate !== 'left').length;
  const verdict = `${count(taken, 'thing')} ${dryRun ? 'would be' : taken === 1 ? 'was' : 'were'} taken back`;
  const rest = items.length - taken;
  return [...lines, rest > 0 ? `${verdict}, ${rest} left` : verdict].map(harmless).join('\n');
}

function head({ command, object, pid, began, done }: CleanedCommand): string {
  return `${command} of ${object} (pid ${pid}, ${began})${done ? ', which had done its work' : ''}:`;
}

function told({ items, postponed }: CleanedCommand, dryRun: boolean): string[] {
  if (postponed !== undefined) return [`  not yet: ${postponed}`];
  return items.length === 0 ? ['  it has left nothing'] : items.map((item) => line(item, dryRun));
}

function line({ what, path, fate, why }: CleanedItem, dryRun: boolean): string {
  const verb = dryRun && fate !== 'left' ? `would be ${fate}` : fate;
  return `  ${verb}: ${path} (${what}${why === undefined ? '' : `; ${why}`})`;
}
