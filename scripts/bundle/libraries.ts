// SPDX-License-Identifier: GPL-2.0-only
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { aptOf } from '../../test/lab/apt.js';
import { must } from '../../test/lab/run.js';

/** Debian's, which have what Node and the addon are linked to. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];

/**
 * Puts the libraries that these programs need into a folder, and their loader as `ld.so`; their licences into another.
 * `debian`: the architecture. @throws Error where a library is in none of the packages
 */
export async function libraries(programs: readonly string[], debian: string, into: string, licences: string): Promise<void> {
  const work = join(into, '.work');
  await mkdir(work);
  const apt = await aptOf(debian, work);
  const [archives, root] = [join(work, 'packages'), join(work, 'root')];
  for (const folder of [archives, root, licences]) await mkdir(folder, { recursive: true });
  for (const name of PACKAGES) await apt.fetch(name, archives);
  for (const archive of await readdir(archives)) await must('dpkg-deb', ['-x', join(archives, archive), root]);
  const found = await librariesBelow(root);
  for (const name of await neededBy(programs, found)) await copyFile(found.get(name) as string, join(into, name));
  const loader = /interpreter: .*\/(.*)\]/.exec(await must('readelf', ['-l', programs[0] ?? '']))?.[1] ?? '';
  await copyFile(there(loader, found), join(into, 'ld.so'));
  for (const name of PACKAGES) {
    // That of libgcc-s1 and libstdc++6 is in a package that both need.
    const text = join(root, 'usr/share/doc', name, 'copyright');
    await copyFile(text, join(licences, name)).catch(() =>
      apt.fetch('gcc-12-base', archives).then(() => gccLicence(archives, licences)),
    );
  }
  await must('rm', ['-rf', work]);
}

async function gccLicence(archives: string, licences: string): Promise<void> {
  const archive = (await readdir(archives)).find((name) => name.startsWith('gcc-12-base')) ?? '';
  const unpacked = join(archives, 'gcc');
  await must('dpkg-deb', ['-x', join(archives, archive), unpacked]);
  await copyFile(join(unpacked, 'usr/share/doc/gcc-12-base/copyright'), join(licences, 'gcc-12'));
}

/** Paths of all shared libraries, by name. */
async function librariesBelow(root: string): Promise<Map<string, string>> {
  const listed = await must('find', [root, '-name', '*.so*', '(', '-type', 'f', '-o', '-type', 'l', ')']);
  const paths = listed.split('\n').filter((path) => path !== '' && !/\/(gconv|audit|gdb)\//.test(path));
  return new Map(paths.map((path) => [path.slice(path.lastIndexOf('/') + 1), path]));
}

/** Names of what the programs, and what they need, name as needed. */
async function neededBy(programs: readonly string[], found: ReadonlyMap<string, string>): Promise<Set<string>> {
  const names = new Set<string>();
  const files = [...programs];
  for (const file of files) {
    for (const [, name = ''] of (await must('readelf', ['-d', file])).matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
      if (names.has(name)) continue;
      names.add(name);
      files.push(there(name, found));
    }
  }
  return names;
}

function there(name: string, found: ReadonlyMap<string, string>): string {
  const path = found.get(name);
  if (path === undefined) throw new Error(`${name} is in none of ${PACKAGES.join(', ')}`);
  return path;
}
