// SPDX-License-Identifier: GPL-2.0-only
import { inspect } from 'node:util';
import { StasisError } from './stasis-error.js';

/** Name and value of an option, and what it has to be. */
type Rule = readonly [name: string, value: unknown, fits: (value: unknown) => boolean, what: string];

/** What types promise, and a caller in JavaScript may not keep: too late to be told when the tree is killed. @throws StasisError */
export function checkOptions(operation: string, rules: readonly Rule[]): void {
  for (const [name, value, fits, what] of rules) {
    if (fits(value)) continue;
    const cause = value === undefined ? `it is missing: ${what}` : `${inspect(value)} is not ${what}`;
    throw new StasisError({ kind: 'usage', operation, object: `with option ${name}`, cause });
  }
}

export function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}

export function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

export function orNone(fits: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || fits(value);
}
