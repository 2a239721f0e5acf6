// SPDX-License-Identifier: GPL-2.0-only

/** A meeting point of strands, and of the host where it is counted in. */
export interface Barrier {
  readonly index: number;
  readonly name: string;
  /** Arrivals after which it opens; may grow while the plan is made. */
  expected: number;
}
