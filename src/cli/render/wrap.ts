// SPDX-License-Identifier: GPL-2.0-only
import type { View } from '../terminal.js';
import { type Paint, painted } from './paint.js';
import { columns, fitting } from './width.js';

/** Breaks a text into lines of at most `width` columns: at blanks, else behind a slash or comma, else anywhere. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (columns(rest) > width) {
    const at = breakAt(rest, fitting(rest, width));
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

function breakAt(text: string, width: number): number {
  const blank = text.lastIndexOf(' ', width);
  if (blank > 0) return blank;
  const piece = Math.max(text.lastIndexOf('/', width - 1), text.lastIndexOf(',', width - 1));
  return piece > 0 ? piece + 1 : width;
}

/** A text of its own, no wider than the terminal. */
export function paragraph(text: string, { width, colour }: View, paint?: Paint): string {
  const lines = width === undefined ? [text] : wrap(text, width);
  return lines.map((line) => painted(line, paint, colour)).join('\n');
}
