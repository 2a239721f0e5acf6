// SPDX-License-Identifier: GPL-2.0-only
import type { ErrorKind } from './kinds.js';

/**
 * Exit codes of every command. 0 is success. `stasis restore` without `--detach` exits as the restored tree does once
 * that runs, see {@link NO_TREE}.
 */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  unsupported: 3,
  busy: 4,
  gone: 5,
  permission: 6,
  kernel: 7,
  image: 8,
  host: 9,
  destination: 10,
  dump: 11,
  restore: 12,
  untrusted: 13,
  // As a shell reports it: 128 + SIGINT. A SIGTERM makes it 143.
  interrupted: 130,
};

/**
 * A restore that is to exit as the tree does, and has none to do so: what its kind of failure has for a code would look like
 * the tree's. docker-run(1), env(1) and timeout(1) end with it where they fail themselves.
 */
export const NO_TREE = 125;
