// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import { ImageError } from '../error.js';
import { kindOfName } from '../kinds.js';
import { checkDescriptors } from './descriptors.js';
import { fileTable } from './file-table.js';
import { Findings, type Problem } from './findings.js';
import { checkInventory } from './inventory.js';
import { checkMemory } from './memory.js';
import { checkPages } from './pages.js';
import { checkQueues } from './queues.js';
import { checkRegisters } from './registers.js';
import { checkTasks } from './tasks.js';
import { checkTree } from './tree.js';

export type { Problem } from './findings.js';

/**
 * What is wrong with a directory, beyond what its manifest tells: images that cannot be read, and images that contradict each other.
 * Empty: nothing. A restore that follows finds what was decoded here in `images`.
 */
export function findProblems(images: ImageDirectory): Problem[] {
  const findings = new Findings();
  checkInventory(images, findings);
  const tree = checkTree(images, findings);
  const files = fileTable(images, findings);
  checkTasks(images, tree, findings);
  checkDescriptors(images, tree, files, findings);
  checkMemory(images, tree, files, findings);
  checkQueues(images, files, findings);
  checkPages(images, tree, findings);
  return findings.problems;
}

/** What `findProblems` does not look at: registers, and images that nothing refers to. */
export function findUnreadable(images: ImageDirectory): Problem[] {
  const findings = new Findings();
  for (const name of images.names()) if (kindOfName(name) !== 'raw') findings.attempt(() => images.records(name));
  checkRegisters(images, findings);
  return findings.problems;
}

/** @throws ImageError about the first problem */
export function assertSound(images: ImageDirectory): void {
  const [first, ...others] = findProblems(images);
  if (first === undefined) return;
  const hint =
    others.length > 0
      ? `${others.length} more: see \`stasis image verify\``
      : 'the directory was not written by one dump, or by another version, or was altered';
  throw new ImageError({ operation: 'read', object: `image ${first.file}`, cause: first.text, hint, file: first.file });
}
