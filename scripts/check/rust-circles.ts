// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../lib/root.js';
import { modulesOf, type RustModule } from './rust-modules.js';

/** A path in code, from its first segment on: `super::x`, `child::f`. */
const PATH = /(?<![\w:$]|::\s*)(?:\$?crate|\w+)(?:::\w+)+/g;

/**
 * No module of a crate may need itself by way of others. A module needs the file in which a name that it uses is defined, not those that
 * pass the name on (`pub use`); to declare a child, or to pass its names on, is not to need it.
 */
export function checkRustCircles(): boolean {
  const crates = readdirSync(join(root, 'crates')).map((name) => join(root, 'crates', name, 'src'));
  const circles = crates.filter(existsSync).flatMap((folder) => circlesOf(folder));
  for (const circle of circles) console.error(circle.map((file) => relative(root, file)).join('\n  → '));
  return circles.length === 0;
}

/** One circle of each knot of modules: files, the first once more at the end. `folder` has the `lib.rs` or `main.rs`. */
export function circlesOf(folder: string): string[][] {
  const entry = ['lib.rs', 'main.rs'].map((name) => join(folder, name)).filter(existsSync);
  return entry.flatMap((file) => {
    const top = modulesOf(file);
    return circlesAmong(new Map([...everyOne(top)].map((module) => [module.file, neededBy(module, top)])));
  });
}

function* everyOne(module: RustModule): Generator<RustModule> {
  yield module;
  for (const child of module.children.values()) yield* everyOne(child);
}

function neededBy(module: RustModule, top: RustModule): Set<string> {
  const needed = new Set<string>();
  const need = (path: readonly string[]): void => {
    const file = definerOf(module, path, top, new Set());
    if (file !== undefined && file !== module.file) needed.add(file);
  };
  const passesOn = /\bpub(?:\s*\([^)]*\))?\s+use\s+[^;]+;/g;
  const kept = module.text.replace(passesOn, ' ');
  for (const [name, path] of module.names) if (new RegExp(`\\b${name}\\b`).test(kept)) need(path);
  for (const { path, passedOn } of module.globs) if (!passedOn) need(path);
  const code = kept.replace(/\buse\s+[^;]+;/g, ' ');
  for (const [path] of code.matchAll(PATH)) need(path.replace('$crate', 'crate').split('::'));
  return needed;
}

/** The file that defines what a path leads to, `undefined` where that is another crate's or nothing that is known. */
function definerOf(from: RustModule, path: readonly string[], top: RustModule, seen: Set<string>): string | undefined {
  const key = `${from.file} ${path.join('::')}`;
  if (seen.has(key)) return undefined;
  seen.add(key);
  const [first = '', ...rest] = path;
  if (first === 'crate') return within(top, rest, top, seen);
  if (first === 'self') return within(from, rest, top, seen);
  if (first === 'super') return within(from.parent ?? from, rest, top, seen);
  const child = from.children.get(first);
  if (child) return within(child, rest, top, seen);
  const known = from.names.get(first);
  // `use rustix::…` of another crate, whose name is known by itself.
  return known && known[0] !== first ? definerOf(from, [...known, ...rest], top, seen) : undefined;
}

function within(module: RustModule, path: readonly string[], top: RustModule, seen: Set<string>): string | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return module.file;
  if (first === 'super') return within(module.parent ?? module, rest, top, seen);
  const child = module.children.get(first);
  if (child) return within(child, rest, top, seen);
  const known = module.names.get(first);
  if (known) return definerOf(module, [...known, ...rest], top, seen) ?? module.file;
  const own = new RegExp(`\\b(fn|struct|enum|union|trait|type|const|static|mod|macro_rules!)\\s+${first}\\b`).test(module.text);
  const globs = own ? [] : module.globs.map((glob) => definerOf(module, [...glob.path, ...path], top, seen));
  return globs.find((file) => file !== undefined && file !== module.file) ?? module.file;
}

function circlesAmong(needs: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of needs.get(file) ?? []) visit(next);
    way.pop();
    done.add(file);
  };
  for (const file of needs.keys()) visit(file);
  return circles;
}
