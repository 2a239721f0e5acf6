// SPDX-License-Identifier: GPL-2.0-only
import { execFile } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib/root.js';
import { rustcFor } from '../../scripts/lib/target.js';
import type { Machine } from './machines/index.js';

/** One program of Rust tests. */
export interface RustTests {
  readonly program: string;
  /** The crate's folder, where cargo runs it. */
  readonly folder: string;
}

/** Compiles the Rust tests for a machine. @throws Error with what the compiler said */
export async function rustTests({ target }: Machine): Promise<RustTests[]> {
  const env = { ...process.env, ...(await rustcFor(target)) };
  const cargo = ['test', '--workspace', '--no-run', '--quiet', '--target', target, '--message-format=json-render-diagnostics'];
  const { stdout } = await promisify(execFile)('cargo', cargo, { cwd: root, env, maxBuffer: 1 << 28 });
  const said = stdout.split('\n').filter((line) => line.includes('"executable":"'));
  const artifacts = said.map(
    (line) => JSON.parse(line) as { executable: string; manifest_path: string; profile: { test: boolean } },
  );
  return artifacts
    .filter(({ profile }) => profile.test)
    .map(({ executable, manifest_path }) => ({ program: executable, folder: dirname(manifest_path) }));
}

/** Where a program of tests is in the machine's checkout. */
export function placeOf({ program }: RustTests): string {
  return join('build/rust', basename(program));
}
