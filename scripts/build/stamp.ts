// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../lib/root.js';

const IGNORED = new Set(['node_modules', 'target', 'dist', 'build', '.git']);

/** Something that is built from files of the checkout. */
export interface Product {
  readonly name: string;
  /** Files and folders relative to the checkout; what does not exist is skipped. */
  readonly inputs: readonly string[];
  /** Files that must exist for the product to count as built. */
  readonly outputs: readonly string[];
  /** Anything else it depends on, such as a tool's version. */
  readonly salt?: string;
}

/** Builds the product unless its inputs are the ones it was built from last. Returns whether it was built. */
export async function ifChanged(product: Product, build: () => Promise<void>): Promise<boolean> {
  const stamp = join(root, 'build', 'stamps', product.name);
  const digest = digestOf(product);
  const whole = product.outputs.every((file) => existsSync(join(root, file)));
  if (whole && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false;
  await build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}

function digestOf({ inputs, salt }: Product): string {
  const hash = createHash('sha256').update(salt ?? '');
  for (const file of inputs.flatMap((input) => [...filesOf(input)])) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** All files below a path of the checkout, in a stable order. */
export function* filesOf(path: string): Generator<string> {
  const entries = listing(join(root, path));
  if (entries === undefined) return;
  if (entries === 'file') return yield path;
  for (const name of entries.sort()) if (!IGNORED.has(name)) yield* filesOf(join(path, name));
}

function listing(path: string): string[] | 'file' | undefined {
  try {
    return readdirSync(path);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'file' : undefined;
  }
}
