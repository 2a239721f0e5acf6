// SPDX-License-Identifier: GPL-2.0-only
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/root.js';
import { MACHINES } from '../machines/index.js';

const FOLDER = join(root, 'kernel/config');

/** What the fragments ask for on an architecture, each line with the option's name and its value: `CONFIG_FUSE_FS=y`. */
export async function fragments(arch: string): Promise<string> {
  const others = Object.values(MACHINES).filter(({ linux }) => linux !== arch);
  const names = (await readdir(FOLDER)).filter((name) => !others.some(({ linux }) => name === `${linux}.config`)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(FOLDER, name), 'utf8')));
  return texts.join('');
}

/** The options that a configuration does not have as they are wanted, a phrase each. */
export function lost(wanted: string, got: string): string[] {
  const have = valuesOf(got);
  return [...valuesOf(wanted)]
    .filter(([name, value]) => (have.get(name) ?? 'n') !== value)
    .map(([name, value]) => `${name} should be ${value}, and is ${have.get(name) ?? 'n'}`);
}

/** `# CONFIG_X is not set` is how a configuration says `n`. */
function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [, on, value, off] of text.matchAll(/^(?:(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set)$/gm)) {
    values.set(on ?? off ?? '', value ?? 'n');
  }
  return values;
}
