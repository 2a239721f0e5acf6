// SPDX-License-Identifier: GPL-2.0-only
import type { NoteListener, ProgressListener, StageTime } from '../stages/progress.js';

/** What becomes of the tree once its state is on disk. */
export type AfterDump = 'kill' | 'run' | 'stop';

export interface DumpOptions {
  /** Root of the tree. */
  readonly pid: number;
  /** Directory to make. It must not exist, or be empty; it appears only when it is whole. */
  readonly imagesDir: string;
  /** Default: `kill`. */
  readonly after?: AfterDump;
  /** Accept a tree whose session leader or controlling terminal lies outside of it. */
  readonly shellJob?: boolean;
  /**
   * Before the kill, see whether the images could be restored here, and give the tree back if not. Of a tree that is left
   * stopped a warning tells. Default: true; `false` for images that are meant for another host. One that is left running
   * is not looked at: what it holds may be another's by the time it is restored.
   */
  readonly lookFirst?: boolean;
  /**
   * Before the kill, restore the images beside the frozen tree, in namespaces of their own and up to the last step, and give
   * the tree back if that fails. Takes CAP_SYS_ADMIN, unshare(1), mount(8), and as much free memory as the tree has.
   */
  readonly rehearse?: boolean;
  /** Page pipes that run at once. Default: the CPU count. */
  readonly concurrency?: number;
  /** Aborting gives the target back as it was; the dump rejects with kind `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  readonly onNote?: NoteListener | undefined;
}

export interface DumpReport {
  /** Root of the tree. */
  readonly pid: number;
  /** Absolute path. */
  readonly imagesDir: string;
  readonly after: AfterDump;
  /** Processes, zombies included. */
  readonly tasks: number;
  /** Threads of all processes. */
  readonly threads: number;
  /** Bytes of page contents stored. */
  readonly pagesBytes: number;
  /** Bytes of all image files, pages included. */
  readonly imageBytes: number;
  /** From the first stop of a thread to the last resume or kill, in milliseconds. */
  readonly frozenMs: number;
  /** From the first stop of a thread to the last byte collected: the part of {@link frozenMs} that no order of stages can avoid. */
  readonly collectedMs: number;
  /** From call to whole directory, in milliseconds. */
  readonly wallMs: number;
  readonly stages: readonly StageTime[];
  /** What a rehearsal left out, or made in another place than a restore would, in words; absent without a rehearsal. */
  readonly notRehearsed?: readonly string[];
  /** Why a tree that was left stopped could not be restored here, in words. */
  readonly warnings: readonly string[];
}
