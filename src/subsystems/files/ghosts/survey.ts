// SPDX-License-Identifier: GPL-2.0-only

import type { Description, Path, Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { S_IFMT, S_IFREG } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { isNamed } from '../regular/by-path.js';

/** A file that no name leads to any more. */
export interface Ghost {
  /** Number of its image, from 1. */
  readonly id: number;
  readonly file: Path;
  /** An open description of it, where there is one with a number in a task. */
  description: Description | undefined;
  /** A mapping of it, where there is one. */
  mapping: { readonly pid: number; readonly start: number } | undefined;
  /** Who needs it, for refusals. */
  readonly user: { readonly pid: number; readonly object: string };
}

/** All ghosts of a tree: one for each inode, whoever holds it and by whichever name. */
export class Ghosts {
  private readonly byInode = new Map<string, Ghost>();
  private readonly links = new Map<string, Uint8Array>();

  constructor({ survey, living }: Facts) {
    for (const description of survey.descriptions) {
      const { file, pid, fd } = description;
      if (!file?.deleted || !isNamed(description)) continue;
      const ghost = this.meet(file, pid, fd < 0 ? `a descriptor in flight` : `fd ${fd}`);
      if (ghost) ghost.description ??= description;
    }
    for (const task of living) this.ofTask(task);
  }

  get all(): Iterable<Ghost> {
    return this.byInode.values();
  }

  /** The ghost that a deleted path stands for; undefined where the file has another name. */
  of(file: Path): Ghost | undefined {
    return this.byInode.get(key(file));
  }

  /** Another name of the file that a deleted path led to. */
  link(file: Path): Uint8Array | undefined {
    return this.links.get(key(file));
  }

  private ofTask({ pid, exe, cwd, root, vmas }: Task): void {
    for (const { file, start, end } of vmas) {
      if (!file?.deleted) continue;
      const ghost = this.meet(file, pid, `mapping ${start.toString(16)}-${end.toString(16)}`);
      if (ghost) ghost.mapping ??= { pid, start };
    }
    if (exe?.deleted) this.meet(exe, pid, 'executable');
    if (cwd?.deleted) this.meet(cwd, pid, 'working directory');
    if (root?.deleted) this.meet(root, pid, 'root directory');
  }

  private meet(file: Path, pid: number, object: string): Ghost | undefined {
    const inode = key(file);
    if (file.link.length > 0) this.links.set(inode, file.link);
    if (this.links.has(inode)) return undefined;
    let ghost = this.byInode.get(inode);
    if (!ghost) {
      ghost = { id: this.byInode.size + 1, file, description: undefined, mapping: undefined, user: { pid, object } };
      this.byInode.set(inode, ghost);
    }
    return ghost;
  }
}

const GHOSTS = new Derived((facts: Facts) => new Ghosts(facts));

export function ghostsOf(facts: Facts): Ghosts {
  return derived(facts, GHOSTS);
}

/** Regular files have content, which goes to the image by a page job. */
export function hasContent({ file }: Ghost): boolean {
  return (file.mode & S_IFMT) === S_IFREG;
}

function key({ dev, ino }: Path): string {
  return `${dev}:${ino}`;
}
