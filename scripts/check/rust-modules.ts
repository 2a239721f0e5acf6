// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One source file of a crate, which is one module; modules within a file are taken to be a part of it. */
export interface RustModule {
  readonly file: string;
  readonly parent: RustModule | undefined;
  readonly children: Map<string, RustModule>;
  /** Without comments, strings and what is compiled for tests only. */
  readonly text: string;
  /** Names that `use` brings in, with their paths. */
  readonly names: Map<string, readonly string[]>;
  /** Modules whose names all come in (`use x::*`), be it for others only. */
  readonly globs: { readonly path: readonly string[]; readonly passedOn: boolean }[];
}

const DECLARATION = /\bmod\s+(\w+)\s*;/g;
const USE = /\b(pub(?:\s*\([^)]*\))?\s+)?use\s+([^;]+);/g;

/** The modules of a crate, from its `lib.rs` or `main.rs` on. */
export function modulesOf(file: string, parent?: RustModule): RustModule {
  const text = bare(readFileSync(file, 'utf8'));
  const module: RustModule = { file, parent, children: new Map(), text, names: new Map(), globs: [] };
  const stem = basename(file, '.rs');
  const folder = ['lib', 'main', 'mod'].includes(stem) ? dirname(file) : join(dirname(file), stem);
  for (const [, name = ''] of text.matchAll(DECLARATION)) {
    const found = [join(folder, `${name}.rs`), join(folder, name, 'mod.rs')].find(existsSync);
    if (found) module.children.set(name, modulesOf(found, module));
  }
  for (const [, passedOn, tree = ''] of text.matchAll(USE)) {
    for (const [path, name] of leaves(tree.replace(/\s+/g, ' ').trim())) {
      if (name === '*') module.globs.push({ path, passedOn: passedOn !== undefined });
      else module.names.set(name, path);
    }
  }
  return module;
}

/** `a::{b as c, d::{self, e}}` as paths with the names that they get here. */
export function leaves(tree: string, before: readonly string[] = []): [path: readonly string[], name: string][] {
  const brace = tree.indexOf('{');
  if (brace >= 0) {
    const path = [...before, ...segments(tree.slice(0, brace))];
    return parts(tree.slice(brace + 1, tree.lastIndexOf('}'))).flatMap((part) => leaves(part, path));
  }
  const [written = '', alias] = tree.split(/\s+as\s+/);
  const path = [...before, ...segments(written)];
  const last = path.at(-1) ?? '';
  if (last === '*') return [[path.slice(0, -1), '*']];
  const named = last === 'self' && path.length > 1 ? path.slice(0, -1) : path;
  return [[named, (alias ?? named.at(-1) ?? '').trim()]];
}

function segments(path: string): string[] {
  return path
    .split('::')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What commas outside of braces divide. */
function parts(list: string): string[] {
  const all: string[] = [''];
  let depth = 0;
  for (const letter of list) {
    depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
    if (letter === ',' && depth === 0) all.push('');
    else all[all.length - 1] += letter;
  }
  return all.map((part) => part.trim()).filter((part) => part !== '');
}

/** Comments, strings, characters; then items and statements that only tests have. */
export function bare(source: string): string {
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|b?r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"|b?'(?:\\[^\n]+?|[^'\\\n])'/g;
  // An address in assembly is for the linker: the code there does not know what it leads to.
  const code = source.replace(token, (text) => (text.startsWith('/') ? ' ' : '""')).replace(/\bsym\s+[\w:$]+/g, ' ');
  let left = '';
  let at = 0;
  for (const { index } of code.matchAll(/#\[cfg\(test\)\]/g)) {
    if (index < at) continue;
    left += code.slice(at, index);
    at = endOfItem(code, index);
  }
  return left + code.slice(at);
}

/** Behind the `;` or the closing brace of the item that begins at `from`. */
function endOfItem(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code[at] === '{') depth += 1;
    if (code[at] === ';' && depth === 0) return at + 1;
    if (code[at] === '}' && --depth === 0) return at + 1;
  }
  return code.length;
}
