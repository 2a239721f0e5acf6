// SPDX-License-Identifier: GPL-2.0-only

let work: (() => void) | undefined;

/** What is to be done once, when there is nothing else to do. Of the command line only: a library changes nothing of its host. */
export function whenIdle(todo: () => void): void {
  work = todo;
}

/** Native code is at work, and will be for some milliseconds. */
export function idle(): void {
  work?.();
  work = undefined;
}
