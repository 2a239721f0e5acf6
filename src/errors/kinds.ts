// SPDX-License-Identifier: GPL-2.0-only
/**
 * What went wrong, from the caller's point of view. Each kind has one exit code (src/errors/exit-codes.ts) and is part
 * of the stable interface: scripts may match on it in `--json` output.
 */
export type ErrorKind =
  /** A defect of Stasis itself, or a failure nobody foresaw. */
  | 'internal'
  /** The command line or the options of a library call make no sense. */
  | 'usage'
  /** The target holds state that is not supported. */
  | 'unsupported'
  /** Somebody else holds the target: another tracer, or another dump. */
  | 'busy'
  /** No such task, or it went away in the middle. */
  | 'gone'
  /** A capability or a permission is missing. */
  | 'permission'
  /** The kernel lacks a feature that cannot be done without. */
  | 'kernel'
  /** An image directory is incomplete, altered or not understood. */
  | 'image'
  /** Somebody else than the restorer and root could have made or changed the images. */
  | 'untrusted'
  /** The images are sound, but this host is not as they need it: a pid is taken, a file is missing or has changed. */
  | 'host'
  /** The image directory cannot be written, or exists already. */
  | 'destination'
  /** A dump was begun and could not be finished; the target runs on. */
  | 'dump'
  /** A restore was begun and could not be finished; nothing of it is left. */
  | 'restore'
  /** A signal or an AbortSignal ended the work; everything was given back. */
  | 'interrupted';
