// SPDX-License-Identifier: GPL-2.0-only
export interface InspectReport {
  /** Root of the tree. */
  readonly pid: number;
  readonly tasks: readonly InspectedTask[];
  /** What a dump would refuse; empty when it would go through. */
  readonly refusals: readonly Refusal[];
}

export interface InspectedTask {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly comm: string;
  /** One letter as in proc(5): R, S, D, Z, T, t. */
  readonly state: string;
  readonly threads: number;
  readonly memory: MemorySummary;
  readonly descriptors: readonly InspectedDescriptor[];
}

/** All sizes in bytes. */
export interface MemorySummary {
  readonly mappings: number;
  /** Address space reserved. */
  readonly sizeBytes: number;
  readonly residentBytes: number;
  /** Private pages without a file behind them, or changed since they were read from it: what a dump stores. */
  readonly privateBytes: number;
  readonly sharedBytes: number;
  readonly swapBytes: number;
}

export interface InspectedDescriptor {
  readonly fd: number;
  /** Resource kind: `regular file`, `pipe`, `unix socket`. */
  readonly kind: string;
  /** Path, peer or state. */
  readonly detail: string;
}

export interface Refusal {
  readonly pid: number;
  readonly comm: string;
  /** The descriptor, mapping or state at fault: `fd 7`. */
  readonly object: string;
  readonly kind: string;
  readonly reason: string;
}
