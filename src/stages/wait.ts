// SPDX-License-Identifier: GPL-2.0-only
// Not node:timers/promises: to load it takes a small dump half a millisecond.

/** Resolves when whatever has come meanwhile has been seen to. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
