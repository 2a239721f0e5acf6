// SPDX-License-Identifier: GPL-2.0-only
import type { NoteListener, ProgressListener, StageTime } from '../stages/progress.js';

export interface PlanOptions {
  readonly imagesDir: string;
  /** Accept images of a tree whose session leader or controlling terminal lies outside of it. */
  readonly shellJob?: boolean;
  /** Accept a directory without `stasis.img`, such as CRIU writes: nothing tells whether its files are whole. Default: refuse. */
  readonly acceptUnsealed?: boolean;
  /**
   * Accept images that somebody other than root and the caller could have made or changed, or replaced on the way to them.
   * Images are code that runs with the restorer's rights. Default: a restore refuses them with kind `untrusted`, a plan
   * warns of them.
   */
  readonly trustImages?: boolean;
}

export interface RestoreOptions extends PlanOptions {
  /** Let the tree go on without a parent here; otherwise it is a child of the caller, see {@link RestoreReport.tree}. */
  readonly detach?: boolean;
  /** File to write the root's pid to, before the tree runs. */
  readonly pidfile?: string;
  /** Page readers that run at once. Default: the CPU count. */
  readonly concurrency?: number;
  /** Aborting before the tree runs removes what was created; the restore rejects with kind `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  readonly onNote?: NoteListener | undefined;
}

export interface RestoreReport {
  /** Root of the tree, as this host knows it. */
  readonly pid: number;
  /** Absolute path. */
  readonly imagesDir: string;
  /** Processes, zombies included. */
  readonly tasks: number;
  /** Threads of all processes. */
  readonly threads: number;
  /** Bytes of page contents read. */
  readonly pagesBytes: number;
  /** Bytes of all image files, pages included. */
  readonly imageBytes: number;
  /** From call to running tree, in milliseconds. */
  readonly wallMs: number;
  readonly stages: readonly StageTime[];
  /** What could not be brought back exactly as it was, in words. */
  readonly warnings: readonly string[];
  /** The running tree as a child of the caller; null when detached. */
  readonly tree: RestoredTree | null;
}

export interface RestoredTree {
  /** Resolves when the root of the tree has ended. */
  wait(): Promise<TreeExit>;
  /** Sends the signal to the root of the tree, as a parent would. */
  kill(signal: NodeJS.Signals): void;
}

/** How the root of the tree ended: exactly one of the two is not null. */
export interface TreeExit {
  readonly code: number | null;
  /** Number of the signal that killed it. */
  readonly signal: number | null;
}

/** The programs a restore would run, in order. */
export interface RestorePlan {
  readonly imagesDir: string;
  readonly tasks: readonly TaskPlan[];
  /** What could not be brought back exactly as it was, in words. */
  readonly warnings: readonly string[];
}

export interface TaskPlan {
  readonly pid: number;
  readonly comm: string;
  readonly operations: readonly PlannedOperation[];
}

export interface PlannedOperation {
  /** Position in the program of the task, from 0. */
  readonly step: number;
  /** System call or operation of the interpreter: `mmap`, `barrier`. */
  readonly call: string;
  /** Arguments as a person reads them. */
  readonly args: readonly string[];
  /** What it is done for: `fd 7 of pid 412: open /var/log/x`. */
  readonly why: string;
}
