// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptOf } from '../apt.js';
import { cached } from '../cache.js';
import { must } from '../run.js';

const PACKAGE = 'linux-source-6.1';

/** Debian's package of the kernel's source, which is the same for all architectures, of the day when it was fetched. */
export async function source(): Promise<{ archive: string; version: string }> {
  const folder = await cached('kernel-source', [PACKAGE], async (folder) => {
    const apt = join(folder, 'apt');
    await mkdir(apt);
    await writeFile(join(folder, 'version'), await (await aptOf('amd64', apt)).fetch(PACKAGE, folder));
    await must('rm', ['-rf', apt]);
  });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`${folder} holds no package; remove it`);
  return { archive: join(folder, archive), version: await readFile(join(folder, 'version'), 'utf8') };
}

/** Puts the source itself, without a folder around it, into a folder. */
export async function unpackSource(archive: string, into: string): Promise<void> {
  const inner = `./usr/src/${PACKAGE}.tar.xz`;
  const script =
    'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" | tar -xJ --no-same-owner --strip-components=1 -C "$3"';
  await must('bash', ['-ec', script, 'unpack', archive, inner, into]);
}
