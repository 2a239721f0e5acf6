// SPDX-License-Identifier: GPL-2.0-only

const spent: [what: string, seconds: number][] = [];

/** Does something, and takes down how long it took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  note(what, began);
  return result;
}

/** Takes down how long something took that began at that time of `performance.now()`. */
export function note(what: string, began: number): void {
  const seconds = (performance.now() - began) / 1000;
  spent.push([what, seconds]);
  console.log(`lab: ${what}: ${seconds.toFixed(1)} s`);
}

/** All that was taken down, in one line. */
export function costs(): string {
  return spent.map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`).join(', ');
}
