// SPDX-License-Identifier: GPL-2.0-only
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './cache.js';
import type { Machine } from './machines/index.js';
import { must } from './run.js';

/** Puts a Node, of this version unless told otherwise, into a folder, as the registry has it for the machine. Debian's is too old. */
export async function packNode({ node }: Pick<Machine, 'node'>, into: string, version = process.versions.node): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stasis-lab-node-'));
  try {
    await must('npm', ['pack', '--silent', `node-linux-${node}@${version}`], { cwd: folder });
    const [archive = ''] = await readdir(folder);
    await must('tar', ['-xzf', archive, 'package/bin/node'], { cwd: folder });
    await mkdir(into, { recursive: true });
    await copyFile(join(folder, 'package/bin/node'), join(into, 'node'));
    await chmod(join(into, 'node'), 0o755);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Path of a Node for this machine, the newest of its major version on the day when it was fetched. */
export async function nodeOfVersion(major: string): Promise<string> {
  const folder = await cached(`node-${major}-${process.arch}`, [major, process.arch], (made) =>
    packNode({ node: process.arch }, made, major),
  );
  return join(folder, 'node');
}
