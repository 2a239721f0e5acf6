// SPDX-License-Identifier: GPL-2.0-only
import type { U64 } from '../images/wire/u64.js';

/** What the host puts into tasks and objects between the barriers `mapped` and `filled`. */
export type FillJob =
  | {
      readonly kind: 'task';
      readonly pid: number;
      readonly uffd: number;
      readonly pagemap: string;
      readonly ranges: readonly number[];
    }
  /** Shared memory, through a descriptor of a task; of the root, where none is told. */
  | { readonly kind: 'object'; readonly pid?: number; readonly fd: number; readonly pagemap: string; readonly what: string }
  /** Shared memory that one task alone maps, once. */
  | { readonly kind: 'mapping'; readonly pid: number; readonly start: number; readonly end: number; readonly pagemap: string }
  /** Content of a file without a name, through a pool number of the root. */
  | {
      readonly kind: 'ghost';
      readonly fd: number;
      readonly name: string;
      readonly offset: number;
      readonly size: U64;
      readonly chunks: boolean;
    };

/** What has to be taken back on the host if the restore fails. */
export interface UndoJob {
  readonly why: string;
  readonly action: 'unlink' | 'rmdir';
  readonly path: string | Buffer;
}
