// SPDX-License-Identifier: GPL-2.0-only
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** `1536` → `1.5 KiB`; three digits at most. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : digits(value)} ${UNITS[unit]}`;
}

/** Milliseconds as `8.12 ms`, `66.1 ms` or `1.35 s`. */
export function duration(ms: number): string {
  return ms >= 999.5 ? `${digits(ms / 1000)} s` : `${digits(ms)} ms`;
}

/** `1 task`, `3 tasks`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
