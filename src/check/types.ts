// SPDX-License-Identifier: GPL-2.0-only
export type Availability = 'yes' | 'no' | 'unknown';

export interface Feature {
  /** Name as the kernel's documentation has it: `PAGEMAP_SCAN`. */
  readonly name: string;
  readonly available: Availability;
  /** How that was found out, or what was found. */
  readonly detail: string;
  /** What the lack of it costs. */
  readonly costs: string;
  /** Nothing can be dumped or restored without it. */
  readonly required: boolean;
}

export interface CheckReport {
  /** Every required feature is there. */
  readonly ok: boolean;
  /** Release of the running kernel: `6.18.0`. */
  readonly kernel: string;
  /** Machine as in uname(2): `x86_64`. */
  readonly arch: string;
  readonly features: readonly Feature[];
}
