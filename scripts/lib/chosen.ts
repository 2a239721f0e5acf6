// SPDX-License-Identifier: GPL-2.0-only

/** Those that are named on the command line, or all. A name that nobody knows ends the process: nothing done is no success. */
export function chosen<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  wanted = process.argv.slice(2),
): readonly T[] {
  const known = all.map(({ name }) => name);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`there is no ${what} ${unknown.join(', ')}; there are: ${known.join(', ')}`);
    process.exit(2);
  }
  return wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name));
}
