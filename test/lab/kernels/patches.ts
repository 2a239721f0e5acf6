// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/root.js';

export interface Patch {
  readonly name: string;
  readonly text: string;
}

const FOLDER = join(root, 'kernel/patches/6.1');

/** What is changed in the source, in the order of the names. There may be nothing. */
export async function patches(): Promise<Patch[]> {
  if (!existsSync(FOLDER)) return [];
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.patch')).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(FOLDER, name), 'utf8') })));
}

/** @throws Error with the name of the first that does not fit */
export async function applied(changes: readonly Patch[], sources: string): Promise<void> {
  for (const { name, text } of changes) {
    const said = await patch(text, sources);
    if (said !== undefined) throw new Error(`kernel/patches/6.1/${name} does not fit:\n${said}`);
  }
}

/** Undefined: it fits, without a doubt about where. */
function patch(text: string, folder: string): Promise<string | undefined> {
  const child = spawn('patch', ['-p1', '--batch', '--fuzz=0', '-d', folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  child.stdin.on('error', () => undefined).end(text);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done(code === 0 ? undefined : Buffer.concat(said).toString().trim()));
  });
}
