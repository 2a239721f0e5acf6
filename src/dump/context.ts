// SPDX-License-Identifier: GPL-2.0-only

import type { Facts } from '../facts/tree.js';
import type { ImageSet } from '../images/image-set.js';
import type { FileSum, NativeApi, NativeDumpSession } from '../native/contract.js';
import type { RestoreHost } from '../plan/tree.js';
import type { DumpSubsystem } from '../subsystems/dump-side.js';
import type { UndoLog } from '../undo/log.js';
import type { DumpOptions } from './types.js';

/** What the stages of a dump hand on to each other. */
export interface DumpState {
  readonly options: DumpOptions;
  readonly native: NativeApi;
  readonly subsystems: readonly DumpSubsystem[];
  /** Absolute. */
  readonly imagesDir: string;
  /** Beside it: what is not whole yet. */
  readonly tempDir: string;
  /** What it changes on this host, and would have to take back. */
  readonly undo: UndoLog;
  /** The destination exists as a directory of that name now; nothing is taken back from here on. */
  committed: boolean;
  session?: NativeDumpSession | undefined;
  facts?: Facts;
  /** Once all but the late ones are written beside the pages. */
  images?: ImageSet;
  /** Every file written so far. */
  readonly files: FileSum[];
  readonly warnings: string[];
  /** What the look has to know of us, if it was found out meanwhile. */
  host?: RestoreHost | undefined;
  notRehearsed?: readonly string[];
  pagesBytes: number;
  frozenMs: number;
  /** now() at the freeze, and when the last byte was collected. */
  frozenAt: number;
  collectedAt: number;
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
}
