// SPDX-License-Identifier: GPL-2.0-only

/** Bytes of facts or images from which on there is a lot to do: those of some tens of processes, or a hundred threads. */
const LARGE = 64 << 10;

let work: (() => void) | undefined;

/** What is to be done once, before a lot of JavaScript runs. Of the command line only: a library changes nothing of its host. */
export function beforeLargeWork(todo: () => void): void {
  work = todo;
}

/** About to work through so many bytes. */
export function worksThrough(bytes: number): void {
  if (bytes < LARGE) return;
  work?.();
  work = undefined;
}
