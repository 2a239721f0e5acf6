// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { timed } from './timed.js';

/** Where everything is that the lab has downloaded or made: `$STASIS_CACHE`, or else `~/.cache/stasis-lab`. */
export const CACHE = process.env['STASIS_CACHE'] || join(homedir(), '.cache', 'stasis-lab');

/**
 * The folder of something that is made of these inputs; makes it unless it is there. What is half made is never found: it
 * gets its name when it is whole.
 */
export async function cached(what: string, inputs: readonly unknown[], make: (folder: string) => Promise<void>): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  const folder = join(CACHE, `${what}-${key}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, `.${what}-`));
  try {
    await timed(`making ${what}`, () => make(draft));
    await rename(draft, folder);
  } catch (thrown) {
    // Somebody else may have made the same meanwhile.
    if (!existsSync(folder)) throw thrown;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
