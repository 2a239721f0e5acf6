// SPDX-License-Identifier: GPL-2.0-only
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JAVASCRIPT_NOTICES } from '../build/bundle.js';
import { rustNotices } from '../lib/notices.js';
import { manifest } from '../lib/package.js';
import { root } from '../lib/root.js';
import { run } from '../lib/run.js';
import { platformOf } from '../lib/target.js';

const OUT = 'build/packages';
const NOTICES = 'LICENSE-third-party.txt';
/** What is of use in a checkout only: everything that a package needs is in its bundles. */
const CHECKOUT_ONLY = ['dependencies', 'devDependencies', 'scripts', 'ava', 'allowScripts', 'overrides'];

export interface Packed {
  /** Relative to the checkout. */
  readonly path: string;
  readonly bytes: number;
}

/** Packs what dist/ has. @throws Error where something is not built, or a tool fails */
export async function packages(targets: readonly string[]): Promise<Packed[]> {
  // Outside of the checkout: napi works on the whole of what a package.json further up makes a workspace.
  const stage = await mkdtemp(join(tmpdir(), 'stasis-pack-'));
  try {
    await stageMain(stage, targets);
    await napi(stage, 'create-npm-dirs');
    await napi(stage, 'artifacts', '--output-dir', await stageAddons(stage, targets));
    // Names the platform packages as optional dependencies; that it publishes nothing is told it twice.
    await napi(stage, 'pre-publish', '--skip-optional-publish', '--no-gh-release');
    const folders = targets.map((target) => join(stage, 'npm', platformOf(target)));
    for (const [index, folder] of folders.entries()) {
      await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
      await writeFile(join(folder, NOTICES), await rustNotices(targets[index] ?? ''));
      await alsoPacked(folder, NOTICES);
    }
    await rm(join(root, OUT), { recursive: true, force: true });
    await mkdir(join(root, OUT), { recursive: true });
    return [await pack(stage), ...(await Promise.all(folders.map(pack)))];
  } finally {
    await rm(stage, { recursive: true });
  }
}

/** The package that is the same on each machine. */
async function stageMain(stage: string, targets: readonly string[]): Promise<void> {
  const entries = Object.entries({ ...manifest, napi: { ...manifest.napi, targets } });
  const kept = Object.fromEntries(entries.filter(([key]) => !CHECKOUT_ONLY.includes(key)));
  await writeFile(join(stage, 'package.json'), JSON.stringify(kept, null, 2));
  for (const file of [...manifest.files, 'README.md']) {
    const native = /^dist\/native\/.*\.node$/;
    const filter = (source: string): boolean => !native.test(source.slice(root.length + 1));
    await cp(join(root, file), join(stage, file), { recursive: true, filter });
  }
  await cp(join(root, JAVASCRIPT_NOTICES), join(stage, NOTICES));
  await alsoPacked(stage, NOTICES);
}

/** The addons of these targets alone, for napi does not let be what else has been built. */
async function stageAddons(stage: string, targets: readonly string[]): Promise<string> {
  const folder = join(stage, 'addons');
  for (const name of targets.map((target) => `stasis.${platformOf(target)}.node`))
    await cp(join(root, 'dist/native', name), join(folder, name));
  return folder;
}

/** napi's packages list their files, and npm takes no others. */
async function alsoPacked(folder: string, file: string): Promise<void> {
  const path = join(folder, 'package.json');
  const written = JSON.parse(await readFile(path, 'utf8')) as { files: string[] };
  await writeFile(path, `${JSON.stringify({ ...written, files: [...written.files, file] }, null, 2)}\n`);
}

async function napi(cwd: string, command: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await run('napi', [command, '--cwd', cwd, ...args], { capture: true });
  if (code !== 0) throw new Error(`napi ${command} failed: ${output.trim()}`);
}

async function pack(folder: string): Promise<Packed> {
  const { code, output } = await run('npm', ['pack', '--silent', '--pack-destination', folder, folder], { capture: true });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (code !== 0 || archive === undefined) throw new Error(`npm pack failed: ${output.trim()}`);
  const path = join(OUT, archive);
  await rename(join(folder, archive), join(root, path)).catch(() => cp(join(folder, archive), join(root, path)));
  return { path, bytes: (await stat(join(root, path))).size };
}
