// SPDX-License-Identifier: GPL-2.0-only
import { copyFile, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../test/lab/cache.js';
import type { Machine } from '../../test/lab/machines/index.js';
import { packNode } from '../../test/lab/node.js';
import { must } from '../../test/lab/run.js';
import { JAVASCRIPT_NOTICES } from '../build/bundle.js';
import { rustNotices } from '../lib/notices.js';
import { packageVersion } from '../lib/package.js';
import { root } from '../lib/root.js';
import { libraries } from './libraries.js';

const OUT = 'build/bundle';
/** What of the package runs the command. */
const PACKAGE = ['bin', 'dist/cli', 'dist/native', 'oclif.manifest.json', 'package.json', 'LICENSE', 'LICENSES', 'README.md'];
const MOST_BYTES = 60e6;

export interface Part {
  readonly name: string;
  /** Compressed. */
  readonly bytes: number;
}

/** Makes the archive of what dist/ has. Resolves to its path in the checkout and what it is made of. @throws Error where it is too big */
export async function bundle(machine: Machine): Promise<{ path: string; bytes: number; parts: Part[] }> {
  const stage = await mkdtemp(join(tmpdir(), 'stasis-bundle-'));
  try {
    const top = join(stage, 'stasis');
    const lib = join(top, 'lib');
    const addon = `stasis.linux-${machine.node}-gnu.node`;
    await mkdir(lib, { recursive: true });
    await copyPackage(machine, join(top, 'package'), addon);
    const node = await cached(`node-${machine.node}`, [machine.node, process.versions.node], (folder) =>
      packNode(machine, folder),
    );
    await copyFile(join(node, 'node'), join(lib, 'node'));
    await libraries([join(lib, 'node'), join(root, 'dist/native', addon)], machine.debian, lib, join(top, 'licences'));
    await licences(machine, join(top, 'licences'));
    await copyFile(join(root, 'scripts/bundle/stasis'), join(top, 'stasis'));
    const parts = await partsOf(stage);
    await mkdir(join(root, OUT), { recursive: true });
    const path = join(OUT, `stasis-${packageVersion}-${machine.debian}.tar.gz`);
    const bytes = await pack(stage, ['stasis'], join(root, path));
    if (bytes > MOST_BYTES) throw new Error(`${path} has ${bytes} bytes, more than ${MOST_BYTES}`);
    return { path, bytes, parts };
  } finally {
    await rm(stage, { recursive: true });
  }
}

async function copyPackage(machine: Machine, into: string, addon: string): Promise<void> {
  const others = (file: string): boolean =>
    (file.endsWith('.node') && !file.endsWith(addon)) || (/\/cache\/./.test(file) && !file.endsWith(`-${machine.node}`));
  for (const file of PACKAGE) {
    await cp(join(root, file), join(into, file), { recursive: true, filter: (source) => !others(source.slice(root.length)) });
  }
}

async function licences(machine: Machine, into: string): Promise<void> {
  await copyFile(join(root, JAVASCRIPT_NOTICES), join(into, 'javascript'));
  await writeFile(join(into, 'rust'), await rustNotices(machine.target));
  const text =
    'lib/node is Node.js: MIT and the licences of what it contains, see https://github.com/nodejs/node/blob/main/LICENSE\n';
  await writeFile(join(into, 'node'), text);
}

async function partsOf(stage: string): Promise<Part[]> {
  const parts = { Node: ['stasis/lib/node'], libraries: ['--exclude=stasis/lib/node', 'stasis/lib'] };
  const rest = ['package/dist/native', 'package/dist/cli', 'licences'].map((name) => [name, [`stasis/${name}`]] as const);
  const sizes: Part[] = [];
  for (const [name, what] of [...Object.entries(parts), ...rest]) {
    sizes.push({ name, bytes: await pack(stage, what, join(stage, '.part')) });
  }
  return sizes;
}

/** By gzip: it is all that a device can unpack by itself. */
async function pack(stage: string, what: readonly string[], into: string): Promise<number> {
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner'];
  await must('tar', ['-C', stage, '-czf', into, ...same, ...what]);
  return (await stat(into)).size;
}
