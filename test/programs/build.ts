// SPDX-License-Identifier: GPL-2.0-only
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Program } from './catalogue.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUILT = join(HERE, '../../build/programs');
const INTERPRETERS: Readonly<Record<string, string>> = { py: 'python3', sh: 'bash' };

/**
 * Compiles what has changed: the C sources among these programs, or all of this machine's.
 * Rejects with the compiler's words.
 */
export async function buildPrograms(wanted?: readonly Program[]): Promise<void> {
  const sources = wanted?.map(({ source }) => source).filter((source) => source.endsWith('.c'));
  if (sources?.length === 0) return;
  await promisify(execFile)(join(HERE, 'build.sh'), [...new Set(sources)]);
}

/** The command that runs a built program: file and arguments before the report file. */
export function commandOf({ source }: Program): readonly [string, ...string[]] {
  const interpreter = INTERPRETERS[source.slice(source.lastIndexOf('.') + 1)];
  return interpreter === undefined ? [join(BUILT, source.replace(/\.c$/, ''))] : [interpreter, join(HERE, source)];
}
