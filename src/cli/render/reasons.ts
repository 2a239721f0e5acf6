// SPDX-License-Identifier: GPL-2.0-only
import type { StasisError } from '../../errors/index.js';
import type { Refusal } from '../../facts/generated.js';
import type { Problem } from '../../plan/checks.js';
import { count } from '../../text/units.js';
import type { View } from '../terminal.js';
import { harmless } from './paint.js';
import { type Column, table } from './table.js';

/** Why something was refused; equal reasons are one, with all that it holds for. */
interface Reason {
  readonly objects: string[];
  readonly why: string;
  readonly hint: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'WHAT', wrap: true },
  { title: 'WHY', wrap: true },
  { title: 'WHAT TO DO', wrap: true },
];
/** Objects that are named before the rest is only counted. */
const NAMED = 2;

/** An error with several reasons: on a terminal a table, elsewhere a line for each. */
export function renderReasons(error: StasisError, view: View): string {
  const { refusals, problems, pid } = error.details;
  const reasons = distinct(Array.isArray(refusals) ? refusals.map(ofRefusal) : (problems as readonly Problem[]).map(ofProblem));
  const all = reasons.reduce((sum, { objects }) => sum + objects.length, 0);
  const head = `cannot ${error.operation} ${error.object}, for ${count(all, 'reason')}`;
  const rows = reasons.map(({ objects, why, hint }) => [shown(objects), why, hint]);
  const body =
    view.width === undefined
      ? rows.map(([what, why, hint]) => harmless(`  ${what}: ${why}${hint ? ` — ${hint}` : ''}`)).join('\n')
      : table(COLUMNS, rows, view);
  const more = refusals && pid !== undefined ? `\nstasis inspect ${pid} shows all of it` : '';
  return `${harmless(head)}:\n${body}${more}`;
}

function distinct(each: readonly { readonly object: string; readonly why: string; readonly hint: string }[]): Reason[] {
  const reasons = new Map<string, Reason>();
  for (const { object, why, hint } of each) {
    const key = `${why}\0${hint}`;
    const known = reasons.get(key);
    if (known) known.objects.push(object);
    else reasons.set(key, { objects: [object], why, hint });
  }
  return [...reasons.values()];
}

function ofRefusal({ pid, comm, object, kind, cause, hint }: Refusal) {
  const task = comm ? `pid ${pid} (${comm})` : `pid ${pid}`;
  return { object: object ? `${object} of ${task}` : task, why: [kind, cause].filter((part) => part).join(': '), hint };
}

function ofProblem({ object, cause, hint = '' }: Problem) {
  return { object, why: cause, hint };
}

function shown(objects: readonly string[]): string {
  const rest = objects.length - NAMED;
  if (rest <= 1) return objects.join(', ');
  return `${objects.slice(0, NAMED).join(', ')} and ${rest} more`;
}
