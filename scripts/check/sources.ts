// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from '../build/stamp.js';
import { root } from '../lib/root.js';

const SOURCES = ['bin', 'crates', 'kernel', 'proto', 'scripts', 'src', 'test'];
const SOURCE = /(\.(rs|ts|cjs|mjs|c|h|S|proto|sh|py|config)|scripts\/setup|scripts\/lib\/detached|bin\/stasis)$/;
const LICENCE = /SPDX-License-Identifier: ([\w.-]+)/;
/** Meant to be linked by others, see LICENSES. */
const LESSER = /^(proto\/|src\/images\/)/;
const TABLE = /\/generated(\/|\.)|\.proto$/;

/** No file is longer than this; most are far shorter. Message definitions and generated files are what they are. */
const LONGEST = 320;

/** Every source names its licence within its first lines, and none has grown too long to read. */
export function checkSources(): boolean {
  const faults = SOURCES.flatMap((folder) => [...filesOf(folder)])
    .filter((file) => SOURCE.test(file))
    .flatMap(faultsOf);
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

function faultsOf(file: string): string[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const faults: string[] = [];
  const wanted = LESSER.test(file) ? 'LGPL-2.1-only' : 'GPL-2.0-only';
  const named = LICENCE.exec(lines.slice(0, 3).join('\n'))?.[1];
  if (named !== wanted) faults.push(`${file}: ${named === undefined ? 'names no licence' : `is ${named}`}, should be ${wanted}`);
  if (lines.length > LONGEST && !TABLE.test(file)) faults.push(`${file}: ${lines.length} lines, more than ${LONGEST}`);
  return faults;
}
