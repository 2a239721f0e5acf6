// SPDX-License-Identifier: GPL-2.0-only
/** SGR parameters of ECMA-48: on, and off again. */
const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

export type Paint = keyof typeof CODES;

export function painted(text: string, paint: Paint | undefined, colour: boolean): string {
  if (!colour || paint === undefined || text === '') return text;
  const [on, off] = CODES[paint];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** Names that programs give themselves may hold anything: control characters do not reach the terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
