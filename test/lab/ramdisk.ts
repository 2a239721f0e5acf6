// SPDX-License-Identifier: GPL-2.0-only
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { cached } from './cache.js';
import { Cpio } from './cpio.js';
import type { Machine } from './machines/index.js';
import { must } from './run.js';

/** What it takes to find the root file system, and to say something. */
const MODULES = ['virtio_pci', 'virtio_blk', 'virtio_console', 'virtio_rng', 'crc32c_generic', 'ext4'];
const INIT = join(root, 'test/lab/init.c');

/** The initial ramdisk: our init and the modules that it loads first, from a folder if the kernel has any. */
export async function ramdisk(machine: Machine, modules: string | undefined): Promise<string> {
  const inputs = [modules, machine.debian, MODULES, await readFile(INIT, 'utf8')];
  const folder = await cached(`ramdisk-${machine.debian}`, inputs, async (folder) => {
    const init = join(folder, 'init');
    await must(machine.compiler, ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', init, INIT]);
    const cpio = new Cpio();
    for (const name of ['dev', 'root', 'modules']) cpio.folder(name);
    cpio.file('init', 0o755, await readFile(init));
    const paths = modules === undefined ? [] : (await inOrder(modules)).map((path) => join(modules, path));
    for (const path of paths) cpio.file(`modules/${basename(path)}`, 0o644, await readFile(path));
    cpio.file('modules/list', 0o644, Buffer.from(paths.map((path) => `/modules/${basename(path)}\n`).join('')));
    await writeFile(join(folder, 'ramdisk'), cpio.end());
  });
  return join(folder, 'ramdisk');
}

/** The modules and those that they need, each behind what it needs; one that is built in is none. */
async function inOrder(modules: string): Promise<string[]> {
  const needs = new Map<string, { path: string; others: string[] }>();
  for (const line of (await readFile(join(modules, 'modules.dep'), 'utf8')).split('\n')) {
    const [path = '', others = ''] = line.split(':');
    needs.set(nameOf(path), { path, others: others.split(' ').filter(Boolean).map(nameOf) });
  }
  const order: string[] = [];
  const take = (name: string): void => {
    const module = needs.get(name);
    if (module === undefined || order.includes(module.path)) return;
    module.others.forEach(take);
    order.push(module.path);
  };
  MODULES.forEach(take);
  return order;
}

function nameOf(path: string): string {
  return basename(path)
    .replace(/\.ko(\..*)?$/, '')
    .replaceAll('-', '_');
}
