// SPDX-License-Identifier: GPL-2.0-only
import { isatty } from 'node:tty';

/** How a table may look where it goes. */
export interface View {
  /** Columns of the terminal; undefined: as wide as it takes, for files and pipes. */
  readonly width?: number | undefined;
  readonly colour: boolean;
}

/** What standard error is; a terminal that does not say how wide it is counts as 80 columns. */
export function errorView(): View {
  if (!isatty(2)) return { colour: false };
  return { width: process.stderr.columns || 80, colour: isColourful() };
}

/** What standard output is. `NO_COLOR` as https://no-color.org has it: set, and not empty. */
export function standardView(): View {
  if (!isatty(1)) return { colour: false };
  // Only for a terminal: setting it up takes milliseconds.
  return { width: process.stdout.columns || undefined, colour: isColourful() };
}

function isColourful(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return !NO_COLOR && TERM !== 'dumb';
}
