// SPDX-License-Identifier: GPL-2.0-only
import stringWidth from 'string-width';

const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of a terminal that a text takes: Chinese characters and pictures take two, accents of their own none. */
export function columns(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** How much of a text, in units of its length, fits so many columns; characters are not taken apart. At least one. */
export function fitting(text: string, width: number): number {
  if (PLAIN.test(text)) return Math.min(width, text.length);
  let taken = 0;
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += columns(segment);
    if (taken > width && end > 0) break;
    end += segment.length;
  }
  return end;
}
