// SPDX-License-Identifier: GPL-2.0-only
import { isFolder } from './mode.js';
import type { GhostFile, LostLink, Remaps } from './model.js';

/** What there is at a path now. */
export type LookUp = (path: string) => 'nothing' | 'folder' | 'other';

/** Where files get a name for as long as the tree is being made. Paths are bytes in latin1. */
export interface Places {
  /** Folders to be made first, and removed last; in this order. */
  readonly folders: readonly string[];
  /** In the order in which they are to be made: a folder comes before what is in it. */
  readonly ghosts: readonly { readonly ghost: GhostFile; readonly at: string }[];
  readonly links: readonly { readonly link: LostLink; readonly at: string }[];
  /** The same by what is there. */
  readonly at: ReadonlyMap<GhostFile | LostLink, string>;
}

/**
 * Each ghost gets its old name if that is free, for that is what /proc shows of a deleted file. Folders on the way
 * that are gone as well are made too.
 */
export function findPlaces({ ghosts, links }: Remaps, lookUp: LookUp): Places {
  const finder = new Finder(lookUp);
  const distinct = [...new Set(ghosts.values())].sort((a, b) => rank(a) - rank(b) || depth(a.path) - depth(b.path));
  const made = distinct.map((ghost) => ({ ghost, at: finder.place(ghost.path, isFolder(ghost.entry)) }));
  const linked = [...links.values()].map((link) => ({ link, at: finder.place(link.path, false) }));
  const at = new Map<GhostFile | LostLink, string>();
  for (const one of made) at.set(one.ghost, one.at);
  for (const one of linked) at.set(one.link, one.at);
  return { folders: finder.folders, ghosts: made, links: linked, at };
}

class Finder {
  readonly folders: string[] = [];
  private readonly used = new Set<string>();
  /** Folders that are gone, and what stands for them. */
  private readonly standIns = new Map<string, string>();
  private next = 0;

  constructor(private readonly lookUp: LookUp) {}

  place(path: string, folder: boolean): string {
    const at = this.free(this.folderAt(parent(path)), path.slice(path.lastIndexOf('/') + 1));
    this.used.add(at);
    if (folder) this.standIns.set(path, at);
    return at;
  }

  private folderAt(path: string): string {
    const standIn = this.standIns.get(path);
    if (standIn !== undefined) return standIn;
    if (path === '/' || this.lookUp(path) === 'folder') return path;
    const at = this.place(path, true);
    this.folders.push(at);
    return at;
  }

  private free(folder: string, name: string): string {
    let at = join(folder, name);
    while (this.used.has(at) || this.lookUp(at) !== 'nothing') at = join(folder, `.stasis-${++this.next}`);
    return at;
  }
}

function rank({ entry }: GhostFile): number {
  return isFolder(entry) ? 0 : 1;
}

function depth(path: string): number {
  return path.split('/').length;
}

function parent(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

function join(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
