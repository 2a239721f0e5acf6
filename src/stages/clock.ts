// SPDX-License-Identifier: GPL-2.0-only

/** Milliseconds of the monotonic clock. Not `performance.now()`: its first use loads modules of Node for two milliseconds. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
