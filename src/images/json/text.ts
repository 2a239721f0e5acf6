// SPDX-License-Identifier: LGPL-2.1-only

export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** JSON text with numbers of any size in full; without `indent` on one line, as Python's json module does it. */
export function print(value: Json, indent = 0): string {
  return printAt(value, indent, '\n');
}

function printAt(value: Json, indent: number, newline: string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = newline + ' '.repeat(indent);
  const parts = Array.isArray(value)
    ? value.map((item: Json) => printAt(item, indent, inner))
    : Object.entries(value as Record<string, Json>).map(
        ([name, item]) => `${JSON.stringify(name)}: ${printAt(item, indent, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  return indent === 0 ? open + parts.join(', ') + close : open + inner + parts.join(`,${inner}`) + newline + close;
}

/** Numbers with more digits than a double keeps become strings, which every integer field accepts. @throws SyntaxError */
export function parse(text: string): Json {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) => (token.startsWith('"') ? token : `"${token}"`)),
  ) as Json;
}
