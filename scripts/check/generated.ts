// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from '../build/stamp.js';
import { root } from '../lib/root.js';
import { run } from '../lib/run.js';

const GENERATED = ['src/facts/generated.ts', 'src/images/generated'];

/** Generated sources are committed; they must be what `npm run generate` makes of proto/. */
export async function checkGenerated(): Promise<boolean> {
  const before = contents();
  const { code } = await run('npm', ['run', '--silent', 'generate']);
  if (code !== 0) return false;
  const changed = [...contents()].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
  for (const file of changed) console.error(`${file} was not up to date with proto/: it is now`);
  return changed.length === 0;
}

function contents(): Map<string, string> {
  const files = GENERATED.flatMap((path) => [...filesOf(path)]);
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}
