// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../lib/root.js';

/**
 * The rooms of src/, from the top down: each may import from those of lower storeys, and from no other. What stands at the
 * bottom imports nothing of ours, so that the image reader can be used by itself.
 */
const STOREYS: readonly (readonly string[])[] = [
  ['main'],
  ['commands'],
  ['cli', 'index.ts'],
  ['inspect'],
  ['dump'],
  ['restore'],
  ['subsystems'],
  ['plan'],
  ['model'],
  ['undo', 'pages', 'check'],
  ['facts', 'native', 'errors'],
  ['images', 'program', 'stages', 'linux', 'text', 'memo.ts', 'version.ts'],
];

const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** Imports that lead up, or to another room of the same storey, and rooms that have no storey. */
export function checkStoreys(): boolean {
  const rooms = readdirSync(join(root, 'src'));
  const files = new Map(sources().map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const faults = [
    ...rooms
      .filter((room) => !STOREYS.flat().includes(room))
      .map((room) => `src/${room} has no storey in scripts/check/storeys.ts`),
    ...upwards(files),
  ];
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

function sources(): string[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
}

/** `files`: their texts by path from the root. */
export function upwards(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  for (const [file, text] of files) {
    for (const [, to = ''] of text.matchAll(IMPORT)) {
      const target = normalize(join(dirname(file), to)).replace(/\.js$/, '.ts');
      const [from, below] = [roomOf(file), roomOf(target)];
      if (from !== below && storeyOf(below) <= storeyOf(from))
        faults.push(`${file} imports ${target}: ${from} stands below ${below}, or beside it`);
    }
  }
  return faults;
}

function roomOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function storeyOf(room: string): number {
  return STOREYS.findIndex((storey) => storey.includes(room));
}
