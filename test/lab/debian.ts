// SPDX-License-Identifier: GPL-2.0-only
import { chmod, copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptOf } from './apt.js';
import { cached } from './cache.js';
import type { Machine } from './machines/index.js';
import { packNode } from './node.js';
import { must } from './run.js';

/** What the root file system is made of, besides what these need. */
const PACKAGES = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'coreutils',
    'dash',
    'diffutils',
    'findutils',
    'gawk',
    'grep',
    'hostname',
    'sed',
    'tar',
  ],
  ...['iproute2', 'kmod', 'libc-bin', 'login', 'mount', 'passwd', 'procps', 'psmisc', 'strace', 'util-linux'],
  // Node's.
  'libstdc++6',
  // Real programs that are dumped, and crit.
  ...['criu', 'python3', 'python3-protobuf', 'redis-server', 'redis-tools', 'sqlite3'],
];
/** Folders that were moved below /usr, and are links in packages' eyes. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
const LEFT_OUT = ['./usr/share/doc/*', './usr/share/man/*', './usr/share/locale/*', './usr/share/info/*', './boot/System.map*'];
const DISK_SIZE = '2G';

/** Raised when a root is to be made anew although what it is made of has not changed by name. */
const EDITION = 1;

/** A folder with `root.ext4`, `vmlinuz` and `modules`, a folder of the kernel's. */
export function debianRoot(machine: Machine): Promise<string> {
  const inputs = [EDITION, machine.debian, machine.node, process.versions.node, PACKAGES, LEFT_OUT, DISK_SIZE];
  return cached(`debian-${machine.debian}`, inputs, async (folder) => {
    const apt = join(folder, 'apt');
    const archives = await (await aptOf(machine.debian, apt)).install([`linux-image-${machine.debian}`, ...PACKAGES]);
    const root = join(folder, 'root');
    await unpack(archives, root);
    await settle(root);
    await packNode(machine, join(root, 'usr/local/bin'));
    await kernelOf(root, folder);
    await must('mke2fs', ['-q', '-t', 'ext4', '-d', root, join(folder, 'root.ext4'), DISK_SIZE]);
    await must('rm', ['-rf', root, apt]);
  });
}

async function unpack(archives: string, root: string): Promise<void> {
  for (const name of MERGED) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const excludes = LEFT_OUT.map((pattern) => `--exclude='${pattern}'`).join(' ');
  const script = `set -o pipefail; for archive in "$1"/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" | tar -x -p --keep-directory-symlink --same-owner -C "$2" ${excludes}
  done`;
  await must('bash', ['-ec', script, 'unpack', archives, root]);
}

/** The little of what packages do when they are installed that programs cannot do without. */
async function settle(root: string): Promise<void> {
  for (const name of ['passwd', 'group']) {
    await copyFile(join(root, `usr/share/base-passwd/${name}.master`), join(root, 'etc', name));
  }
  await symlink('gawk', join(root, 'usr/bin/awk'));
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  await writeFile(join(root, 'etc/hostname'), 'lab\n');
  for (const folder of ['lab', 'var/tmp', 'tmp', 'proc', 'sys', 'dev', 'run'])
    await mkdir(join(root, folder), { recursive: true });
  for (const folder of ['tmp', 'var/tmp']) await chmod(join(root, folder), 0o1777);
}

/** Takes the kernel out, and lets its modules be found. */
async function kernelOf(root: string, folder: string): Promise<void> {
  const modules = join(root, 'usr/lib/modules');
  const [release] = await readdir(modules);
  if (release === undefined) throw new Error('the kernel has brought no modules');
  await must('depmod', ['-b', root, release]);
  await copyFile(join(root, `boot/vmlinuz-${release}`), join(folder, 'vmlinuz'));
  await must('cp', ['-a', join(modules, release), join(folder, 'modules')]);
}
