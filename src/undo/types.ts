// SPDX-License-Identifier: GPL-2.0-only
import type { Fate } from './steps.js';

export interface CleanupOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
}

/** One thing that a killed command had changed. */
export interface CleanedItem {
  /** `images that were not finished`, `a file of the restore`, `a file that had been moved aside`. */
  readonly what: string;
  readonly path: string;
  /** `removed`, `brought back`, `nothing to do`; or `left`, because it is not surely what the command had made. */
  readonly fate: Fate;
  readonly why?: string;
}

/** A dump or restore that was killed. */
export interface CleanedCommand {
  readonly command: 'dump' | 'restore';
  readonly object: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly began: string;
  /** Whether it had done its work: then only what it had kept for a failure is left of it. */
  readonly done: boolean;
  readonly items: readonly CleanedItem[];
  /** Why nothing can be done about it now. */
  readonly postponed?: string;
}

export interface CleanupReport {
  /** Where journals are. */
  readonly stateDir: string;
  readonly dryRun: boolean;
  /** Those that were killed and had changed something. */
  readonly commands: readonly CleanedCommand[];
}
