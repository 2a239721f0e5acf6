// SPDX-License-Identifier: GPL-2.0-only
import type { View } from '../terminal.js';
import { harmless, type Paint, painted } from './paint.js';
import { columns as columnsOf } from './width.js';
import { wrap } from './wrap.js';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Its cells may be broken into several lines where the terminal is too narrow. */
  readonly wrap?: true;
  /** Left out where the terminal is too narrow: of several such columns, the highest number first. */
  readonly optional?: number;
}

export type Cell = string | { readonly text: string; readonly paint: Paint | undefined };

/** A column to draw: which cell of a row it is, and how wide. */
interface Place {
  readonly column: Column;
  readonly at: number;
  readonly width: number;
}

const GAP = '  ';
/** A wrapped column is never made narrower: the terminal's own wrapping is no worse from there on. */
const LEAST = 10;

/** Columns two blanks apart, no wider than their widest cell; nothing is padded at line ends. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], view: View = { colour: false }): string {
  const clean = rows.map((row) => row.map(cleaned));
  const natural = columns.map((column, at) => ({ column, at, width: widest(clean, at, column.title.length) }));
  const places = fitted(natural, view.width).map((place) => tightened(place, clean));
  const titles = columns.map(({ title }) => ({ text: title, paint: 'bold' as const }));
  return [titles, ...clean].flatMap((row) => lines(places, row, view.colour)).join('\n');
}

function cleaned(cell: Cell): Exclude<Cell, string> {
  return typeof cell === 'string' ? { text: harmless(cell), paint: undefined } : { ...cell, text: harmless(cell.text) };
}

function widest(rows: readonly (readonly { readonly text: string }[])[], at: number, least: number): number {
  return rows.reduce((width, row) => Math.max(width, columnsOf(row[at]?.text ?? '')), least);
}

/** Leaves out what may be left out, then narrows what may be wrapped, until it fits. */
function fitted(natural: readonly Place[], width: number | undefined): readonly Place[] {
  let places = natural;
  while (width !== undefined && total(places.map(narrowest)) > width) {
    const victim = places.reduce<Place | undefined>((worst, place) => (rank(place) > rank(worst) ? place : worst), undefined);
    if (!victim) break;
    places = places.filter((place) => place !== victim);
  }
  return width === undefined ? places : narrowed(places, width);
}

function rank(place: Place | undefined): number {
  return place?.column.optional ?? 0;
}

/** Wrapping down to a readable width comes before leaving out; narrower than that only when nothing is left to leave out. */
function narrowest(place: Place): Place {
  return place.column.wrap ? { ...place, width: Math.min(place.width, 2 * LEAST) } : place;
}

/** The widest of those that wrap give way first. */
function narrowed(places: readonly Place[], width: number): readonly Place[] {
  let cap = Math.max(...places.map((place) => place.width));
  const capped = (): Place[] =>
    places.map((place) => (place.column.wrap ? { ...place, width: Math.min(place.width, cap) } : place));
  while (cap > LEAST && total(capped()) > width) cap -= 1;
  return capped();
}

/** Lines that break at blanks rarely take all the room there is. */
function tightened(place: Place, rows: readonly (readonly { readonly text: string }[])[]): Place {
  const { column, at, width } = place;
  if (!column.wrap) return place;
  const broken = rows.flatMap((row) => wrap(row[at]?.text ?? '', width).map((text) => [{ text }]));
  return { ...place, width: widest(broken, 0, column.title.length) };
}

function total(places: readonly Place[]): number {
  return places.reduce((sum, { width }) => sum + width, GAP.length * (places.length - 1));
}

/** A row, as many lines as its highest cell has. */
function lines(places: readonly Place[], row: readonly Exclude<Cell, string>[], colour: boolean): string[] {
  const cells = places.map(({ at, width, column }) => {
    const { text, paint } = row[at] ?? { text: '', paint: undefined };
    return { paint, width, right: column.align === 'right', parts: column.wrap ? wrap(text, width) : [text] };
  });
  const height = Math.max(...cells.map(({ parts }) => parts.length));
  return Array.from({ length: height }, (_, line) => {
    const last = cells.findLastIndex(({ parts }) => (parts[line] ?? '') !== '');
    return cells
      .slice(0, last + 1)
      .map(({ parts, paint, width, right }, i) => {
        const text = parts[line] ?? '';
        const blanks = ' '.repeat(Math.max(width - columnsOf(text), 0));
        const shown = painted(text, paint, colour);
        return right ? `${blanks}${shown}` : i === last ? shown : `${shown}${blanks}`;
      })
      .join(GAP);
  });
}
