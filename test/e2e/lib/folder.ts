// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps the content of a program's folder as it is now. The function it returns brings that back: a tree restored for the
 * second time needs its files as they were at the dump, and files that are still there stay the same inodes.
 */
export function keepFolder(folder: string): () => void {
  const kept = `${folder}.kept`;
  execFileSync('cp', ['--archive', folder, kept]);
  return () => {
    for (const name of all(folder))
      if (!existsOrLink(join(kept, name))) rmSync(join(folder, name), { recursive: true, force: true });
    for (const name of all(kept)) {
      const [from, to] = [join(kept, name), join(folder, name)];
      if (!existsOrLink(to)) execFileSync('cp', ['--archive', '--no-target-directory', from, to]);
      else if (lstatSync(from).isFile()) writeFileSync(to, readFileSync(from));
    }
    rmSync(kept, { recursive: true, force: true });
  };
}

function all(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

function existsOrLink(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
