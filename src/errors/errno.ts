// SPDX-License-Identifier: GPL-2.0-only
import { getSystemErrorMap } from 'node:util';

/** Name and lower-case text of a positive errno: `{ name: 'EPERM', text: 'operation not permitted' }`. */
export function describeErrno(errno: number): { readonly name: string; readonly text: string } {
  const known = getSystemErrorMap().get(-errno);
  return known ? { name: known[0], text: known[1] } : { name: `errno ${errno}`, text: `error number ${errno}` };
}

/** Why a call that Node made for us failed: its own message says the code, the call and the path again. */
export function causeOf(thrown: unknown): string {
  const { errno, message = String(thrown) } = thrown as NodeJS.ErrnoException;
  return typeof errno === 'number' && errno < 0 ? describeErrno(-errno).text : message;
}
