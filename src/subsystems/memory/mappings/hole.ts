// SPDX-License-Identifier: GPL-2.0-only

import { StasisError } from '../../../errors/index.js';
import { pages } from '../../../images/wire/u64.js';
import { PAGE_SIZE } from '../../../linux/mman.js';
import type { Model } from '../../../model/types.js';
import { addressSpaces, sharedObjects } from './objects.js';

export interface Range {
  readonly start: number;
  readonly end: number;
}

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const ALIGN = 2 * MIB;
/** The user half of a 47-bit address space, less a page; what lies above needs a hint that nobody gives. */
const USER_END = 0x7fff_f000_0000;
/** The kernel places the seed itself here: position-independent executables, and libraries and stack below the top. */
const SEEDS: readonly Range[] = [
  { start: 0x5400_0000_0000, end: 0x5800_0000_0000 },
  { start: 0x7e00_0000_0000, end: USER_END },
];
/** Where the root maps shared memory for a moment, while it is still the seed. */
export const WORKBENCH = 0x3040_0000_0000;
/** Where to look first: far apart, so that no single reservation of a task takes them all. */
const FIRST_CHOICES = [32, 16, 48, 64, 80, 8, 96, 24, 40, 4, 56, 112, 2, 1, 72].map((tib) => tib * TIB);
const LOWEST = 256 * MIB;
/** What is left where all else is taken: from vm.mmap_min_addr as it is everywhere to the top. */
const VERY_LOWEST = 64 * 1024;
const TOP = 0x7fff_ffff_f000;

/**
 * Addresses at which `size` bytes are free in the final layout of every task and, most likely, in a fresh one: the
 * interpreter lives there while everything else is exchanged. Best first, at most `count`; aligned to 2 MiB, or to pages
 * where a tree has taken nearly all there is.
 */
export function findHoles(taken: readonly Range[], size: number, count: number): number[] {
  const gaps = gapsBetween([...taken, ...SEEDS], LOWEST, USER_END);
  const holes: number[] = [];
  const take = (start: number): void => {
    if (holes.length < count && holes.every((hole) => start + size <= hole || start >= hole + size)) holes.push(start);
  };
  for (const choice of FIRST_CHOICES) {
    const gap = gaps.find(({ start, end }) => start <= choice && choice + size <= end);
    if (gap) take(choice);
  }
  for (const { start, end } of gaps) {
    const at = up(start + Math.min(MIB, (end - start - size) / 2));
    if (at + size <= end) take(at);
  }
  if (holes.length > 0) return holes;
  // Wherever the seed happens to be, it is not everywhere: the next one is tried where it is in the way.
  for (const { start, end } of gapsBetween(taken, VERY_LOWEST, TOP)) {
    const spare = end - start - size;
    if (spare >= 0) for (const part of [0.5, 0, 1]) take(start + Math.floor((spare * part) / PAGE_SIZE) * PAGE_SIZE);
  }
  return holes;
}

/** The same. @throws StasisError where there is none, with what would be needed */
export function holesFor(taken: readonly Range[], size: number, count: number): number[] {
  const holes = findHoles(taken, size, count);
  if (holes.length > 0) return holes;
  const largest = gapsBetween(taken, VERY_LOWEST, TOP).reduce((most, { start, end }) => Math.max(most, end - start), 0);
  const kib = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
  throw new StasisError({
    kind: 'host',
    operation: 'place',
    object: 'the restorer',
    cause: `it needs ${kib(size)} of addresses that no task of the tree uses, and the largest gap has ${kib(largest)}`,
    hint: 'let the tasks map less, or have fewer threads and processes, each of which takes 64 KiB',
  });
}

/** The address ranges that any task of the tree uses, merged and in order. */
export function takenRanges(model: Model): Range[] {
  const ranges: Range[] = [];
  for (const { vmas } of addressSpaces(model).keys()) {
    for (const vma of vmas) ranges.push({ start: pages(vma.start), end: pages(vma.end) });
  }
  return merge(ranges);
}

/** Bytes that {@link WORKBENCH} needs. */
export function workbenchSize(model: Model): number {
  return sharedObjects(model).reduce((most, { size, only }) => (only ? most : Math.max(most, size)), 0);
}

function merge(ranges: Range[]): Range[] {
  ranges.sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of ranges) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

function gapsBetween(taken: readonly Range[], low: number, high: number): Range[] {
  const gaps: Range[] = [];
  let free = low;
  for (const { start, end } of merge([...taken])) {
    if (start > free) gaps.push({ start: free, end: Math.min(start, high) });
    free = Math.max(free, end);
  }
  if (free < high) gaps.push({ start: free, end: high });
  return gaps.filter(({ start, end }) => end > start);
}

function up(value: number): number {
  return Math.ceil(value / ALIGN) * ALIGN;
}
