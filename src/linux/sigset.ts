// SPDX-License-Identifier: GPL-2.0-only
import { SIGKILL, SIGNALS, SIGSTOP } from './process.js';

/** Signals whose action can be set: all but SIGKILL and SIGSTOP. */
export const CATCHABLE: readonly number[] = Array.from({ length: SIGNALS }, (_, i) => i + 1).filter(
  (n) => n !== SIGKILL && n !== SIGSTOP,
);
