// SPDX-License-Identifier: GPL-2.0-only
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from './machines/index.js';
import { must } from './run.js';

/** Puts the Node of this version into a folder, as the registry has it for the machine. Debian's is too old. */
export async function packNode(machine: Machine, into: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stasis-lab-node-'));
  try {
    await must('npm', ['pack', '--silent', `node-linux-${machine.node}@${process.versions.node}`], { cwd: folder });
    const [archive = ''] = await readdir(folder);
    await must('tar', ['-xzf', archive, 'package/bin/node'], { cwd: folder });
    await mkdir(into, { recursive: true });
    await copyFile(join(folder, 'package/bin/node'), join(into, 'node'));
    await chmod(join(into, 'node'), 0o755);
  } finally {
    await rm(folder, { recursive: true });
  }
}
