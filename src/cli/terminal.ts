// SPDX-License-Identifier: GPL-2.0-only
import { isatty } from 'node:tty';

/** How a table may look where it goes. */
export interface View {
  /** Columns of the terminal; undefined: as wide as it takes, for files and pipes. */
  readonly width?: number | undefined;
  readonly colour: boolean;
}

/** What standard output is. `NO_COLOR` as https://no-color.org has it: set, and not empty. */
export function standardView(): View {
  if (!isatty(1)) return { colour: false };
  const { NO_COLOR, TERM } = process.env;
  // Only for a terminal: setting it up takes milliseconds.
  return { width: process.stdout.columns || undefined, colour: !NO_COLOR && TERM !== 'dumb' };
}
