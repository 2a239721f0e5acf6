// SPDX-License-Identifier: LGPL-2.1-only
import { ImageDirectory } from './directory.js';
import { type Disk, NODE_DISK } from './disk.js';
import { loadFiles } from './load.js';
import { decodeManifest, MANIFEST, manifestFaults } from './manifest.js';
import { Findings, type Problem } from './verify/findings.js';
import { findProblems, findUnreadable } from './verify/index.js';

export interface VerifyReport {
  readonly path: string;
  /** Whether the directory has a manifest to be held against. */
  readonly sealed: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Files that the manifest does not name. */
  readonly unlisted: readonly string[];
  readonly problems: readonly Problem[];
}

/** Everything that is wrong with a directory: sizes and checksums of all files, what cannot be decoded, what contradicts. @throws ImageError */
export async function verifyImages(path: string, disk: Disk = NODE_DISK): Promise<VerifyReport> {
  const { images, raw, found } = await loadFiles(path, disk, true);
  const findings = new Findings();
  const bytes = images.get(MANIFEST);
  const manifest = bytes && findings.attempt(() => decodeManifest(bytes));
  if (manifest) for (const { name, fault } of manifestFaults(manifest, found)) findings.add(name, fault);
  const listed = new Set([MANIFEST, ...(manifest?.files.map((file) => file.name) ?? found.keys())]);
  const directory = new ImageDirectory(path, images, raw, manifest);
  return {
    path,
    sealed: bytes !== undefined,
    files: found.size,
    bytes: [...found.values()].reduce((sum, { size }) => sum + size, 0),
    unlisted: [...found.keys()].filter((name) => !listed.has(name)),
    problems: merge([...findings.problems, ...findUnreadable(directory), ...findProblems(directory)]),
  };
}

/** One fault often shows in more than one way: the same text about the same file is said once. */
function merge(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ file, text }) => {
    const key = `${file}: ${text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
