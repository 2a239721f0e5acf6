// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './run.js';

/** Packages of one architecture, asked of this machine's Debian without touching what is installed here. */
export interface Apt {
  /** Fetches packages and all that they need, from nothing. Resolves to the folder of the archives. */
  install(packages: readonly string[]): Promise<string>;
  /** Fetches one package by itself into a folder. Resolves to its version. */
  fetch(name: string, folder: string): Promise<string>;
}

/** What `apt-get` keeps goes into a folder, which must be there. */
export async function aptOf(debian: string, folder: string): Promise<Apt> {
  for (const sub of ['lists/partial', 'archives/partial']) await mkdir(join(folder, sub), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const options = {
    'APT::Architecture': debian,
    'APT::Architectures': debian,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': 'true',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache::archives': join(folder, 'archives'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await must('apt-get', [...flags, '-qq', 'update']);
  return {
    async install(packages) {
      await must('apt-get', [...flags, '-qq', '--yes', '--download-only', 'install', ...packages]);
      return join(folder, 'archives');
    },
    async fetch(name, into) {
      await must('apt-get', [...flags, '-qq', 'download', name], { cwd: into });
      const told = await must('apt-cache', [...flags, 'show', '--no-all-versions', name]);
      return /^Version: (.*)$/m.exec(told)?.[1] ?? '';
    },
  };
}
