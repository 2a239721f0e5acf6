// SPDX-License-Identifier: GPL-2.0-only
import { Expect } from './abi.js';

/** Which results an operation may have. The default everywhere: any that is no errno. */
export class Expectation {
  constructor(
    readonly kind: number,
    readonly want: number,
  ) {}
}

export const OK = new Expectation(Expect.Ok, 0);
export const ANY = new Expectation(Expect.Any, 0);

export function exactly(result: number): Expectation {
  return new Expectation(Expect.Exact, result);
}

/** `negativeErrno` is as good as success: `okOr(-EEXIST)`. */
export function okOr(negativeErrno: number): Expectation {
  return new Expectation(Expect.OkOr, negativeErrno);
}
