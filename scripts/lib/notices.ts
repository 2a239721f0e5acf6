// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.js';
import { run } from './run.js';

/** Something of others that is in what we give away. */
interface Part {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** Where its own texts are. */
  readonly folder: string;
}

const TEXT = /^(licen[cs]e|copying|notice|copyright)/i;

/** Names, licences and their texts of the npm packages that files are of, as esbuild names them. */
export function javaScriptNotices(files: Iterable<string>): string {
  const folders = new Set<string>();
  for (const file of files) {
    const [folder] = /node_modules\/(.*\/node_modules\/)?(@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder !== undefined) folders.add(join(root, folder));
  }
  const parts = [...folders].map((folder) => ({ ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), folder }));
  return notices('The JavaScript of Stasis contains', parts as Part[]);
}

/** The same of the crates that are linked into the addon for a target. */
export async function rustNotices(target: string): Promise<string> {
  const tree = ['tree', '--package', 'stasis-node', '--target', target, '--edges', 'normal,no-proc-macro', '--prefix', 'none'];
  const names = await cargo([...tree, '--format', '{p}']);
  const linked = new Set(names.split('\n').map((line) => /^(\S+) v(\S+)/.exec(line)?.slice(1).join(' ')));
  const { packages } = JSON.parse(await cargo(['metadata', '--format-version', '1'])) as {
    packages: (Omit<Part, 'folder'> & { source: string | null; manifest_path: string })[];
  };
  const parts = packages.filter(({ name, version, source }) => source !== null && linked.has(`${name} ${version}`));
  return notices(
    'The native part of Stasis contains the standard library of Rust (MIT OR Apache-2.0), and',
    parts.map((part) => ({ ...part, folder: dirname(part.manifest_path) })),
  );
}

async function cargo(args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await run('cargo', [...args, '--locked'], { capture: true });
  if (code !== 0) throw new Error(`cargo ${args[0]} failed: ${output.trim()}`);
  return stdout;
}

function notices(heading: string, parts: readonly Part[]): string {
  const once = new Map(parts.map((part) => [`${part.name} ${part.version}`, part]));
  const sorted = [...once.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = sorted.map(({ name, version, license = 'see below' }) => `  ${name} ${version}: ${license}`);
  const texts = sorted.flatMap(({ name, folder }) =>
    readdirSync(folder)
      .filter((file) => TEXT.test(file))
      .map((file) => `\n── ${name}: ${file}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`),
  );
  return [`${heading}:`, '', ...list, ...texts].join('\n');
}
