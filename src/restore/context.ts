// SPDX-License-Identifier: GPL-2.0-only
import type { ImageDirectory } from '../images/directory.js';
import type { NativeApi, NativeRestoreSession } from '../native/contract.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';
import type { UndoLog } from '../undo/log.js';
import type { CompiledRestore } from './compile.js';
import type { Pidfile } from './pidfile.js';
import type { RestoreOptions } from './types.js';

/** What the stages of a restore hand on to each other. */
export interface RestoreState {
  readonly options: RestoreOptions;
  readonly native: NativeApi;
  readonly subsystems: readonly RestoreSubsystem[];
  /** Absolute. */
  readonly imagesDir: string;
  compiled?: CompiledRestore;
  /** Open until all pages are in. */
  readonly held: ImageDirectory[];
  /** What it changes on this host, and would have to take back. */
  readonly undo: UndoLog;
  readonly pidfile: Pidfile | undefined;
  session?: NativeRestoreSession | undefined;
  /** What the threads go on with. */
  takeover?: Uint8Array;
  /** The tree runs: nothing is taken back from here on. */
  /** The root's number on this host, once all is ready. */
  rootPid?: number;
  running: boolean;
  pagesBytes: number;
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
}
