// SPDX-License-Identifier: GPL-2.0-only

/** What the words of a command line begin with. */
export interface Found {
  /** oclif's id of a command or topic: `image:show`. */
  readonly id: string;
  readonly kind: 'command' | 'topic';
  /** How many words it takes. */
  readonly words: number;
}

/** The longest of the leading words that names a command, or else a topic, of any depth. */
export function find(argv: readonly string[], ids: readonly string[]): Found | undefined {
  const known = new Set(ids);
  let found: Found | undefined;
  let id = '';
  for (const [i, word] of argv.entries()) {
    if (word.startsWith('-') || word.includes(':')) break;
    id = id === '' ? word : `${id}:${word}`;
    if (known.has(id)) found = { id, kind: 'command', words: i + 1 };
    else if (ids.some((each) => each.startsWith(`${id}:`))) found = { id, kind: 'topic', words: i + 1 };
    else break;
  }
  return found;
}
