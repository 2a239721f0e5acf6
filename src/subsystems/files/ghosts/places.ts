// SPDX-License-Identifier: GPL-2.0-only
import { isFolder } from './mode.js';
import type { GhostFile, LostLink, Remaps } from './model.js';

/** What there is at a path now. */
export type LookUp = (path: string) => 'nothing' | 'folder' | 'other';

/**
 * A folder that stands for the root directory, for files whose old names somebody else has by now: what is opened through
 * a mount of its own of it is shown in /proc with the path below it, which is the old one.
 */
export interface Stand {
  readonly at: string;
}

/** Where a file has a name for as long as the tree is being made. */
export interface Place {
  /** The path by which it is made and removed. */
  readonly at: string;
  /** Where it lies in one: it is opened through that. */
  readonly stand?: Stand | undefined;
}

/** Where files get a name for as long as the tree is being made. Paths are bytes in latin1. */
export interface Places {
  /** Folders to be made first, and removed last; in this order. */
  readonly folders: readonly string[];
  readonly stands: readonly Stand[];
  /** In the order in which they are to be made: a folder comes before what is in it. */
  readonly ghosts: readonly ({ readonly ghost: GhostFile } & Place)[];
  /** Files that never had a name, and get none: `at` is a folder of their file system. */
  readonly unnamed: readonly ({ readonly ghost: GhostFile } & Place)[];
  readonly links: readonly ({ readonly link: LostLink } & Place)[];
  /** Ghosts that have a name, and links, by what is there. */
  readonly at: ReadonlyMap<GhostFile | LostLink, Place>;
}

/** The host lets us have mounts that nobody sees. */
export interface PlaceOptions {
  readonly stands: boolean;
}

/** PATH_MAX, with room for the number of a descriptor in front. */
const LONGEST = 4000;

/**
 * Each ghost gets its old name if that is free, for that is what /proc shows of a deleted file; if it is not, a stand gives
 * it one like it. Folders on the way that are gone as well are made too.
 */
export function findPlaces({ ghosts, links }: Remaps, lookUp: LookUp, options: PlaceOptions = { stands: false }): Places {
  const finder = new Finder(lookUp, options.stands);
  const distinct = [...new Set(ghosts.values())].sort((a, b) => rank(a) - rank(b) || depth(a.path) - depth(b.path));
  const named = distinct.filter(({ entry }) => !entry.unnamed);
  const made = named.map((ghost) => ({ ghost, ...finder.place(ghost.path, isFolder(ghost.entry)) }));
  const unnamed = distinct
    .filter(({ entry }) => entry.unnamed)
    .map((ghost) => ({ ghost, ...finder.folderAt(parent(ghost.path)) }));
  const linked = [...links.values()].map((link) => ({ link, ...finder.place(link.path, false) }));
  const at = new Map<GhostFile | LostLink, Place>();
  for (const one of made) at.set(one.ghost, one);
  for (const one of linked) at.set(one.link, one);
  return { folders: finder.folders, stands: finder.stands, ghosts: made, unnamed, links: linked, at };
}

class Finder {
  readonly folders: string[] = [];
  readonly stands: Stand[] = [];
  private readonly used = new Set<string>();
  /** Folders that are gone, and what stands for them. */
  private readonly standIns = new Map<string, Place>();
  /** Those of a folder, and how many of them are known to have a file of this path already. */
  private readonly standsIn = new Map<string, { readonly stands: Stand[]; readonly full: Map<string, number> }>();
  private next = 0;

  constructor(
    private readonly lookUp: LookUp,
    private readonly mayStand: boolean,
  ) {}

  place(path: string, folder: boolean): Place {
    const found = this.find(this.folderAt(parent(path)), path);
    this.used.add(found.at);
    if (folder) this.standIns.set(path, found);
    return found;
  }

  folderAt(path: string): Place {
    const standIn = this.standIns.get(path);
    if (standIn) return standIn;
    if (path === '/' || this.lookUp(path) === 'folder') return { at: path };
    const place = this.place(path, true);
    this.folders.push(place.at);
    return place;
  }

  private find(folder: Place, path: string): Place {
    const at = join(folder.at, path.slice(path.lastIndexOf('/') + 1));
    if (this.isFree(at)) return { at, stand: folder.stand };
    if (!folder.stand && this.mayStand && folder.at.length + path.length < LONGEST) return this.standFor(folder.at, path);
    return { at: this.free(folder.at), stand: folder.stand };
  }

  /** In a stand in the same folder, and so on the same file system; two of one name need two. */
  private standFor(folder: string, path: string): Place {
    const known = this.standWithout(folder, path);
    if (known) return { at: known.at + path, stand: known };
    const stand = { at: this.free(folder) };
    this.used.add(stand.at);
    this.stands.push(stand);
    this.standsIn.get(folder)?.stands.push(stand);
    this.folders.push(stand.at);
    for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1))
      this.folders.push(stand.at + path.slice(0, end));
    return { at: stand.at + path, stand };
  }

  /** One that is there. Of a thousand files of one name each is looked for behind the last only. */
  private standWithout(folder: string, path: string): Stand | undefined {
    let here = this.standsIn.get(folder);
    if (!here) {
      here = { stands: [], full: new Map() };
      this.standsIn.set(folder, here);
    }
    let index = here.full.get(path) ?? 0;
    while (index < here.stands.length && this.used.has((here.stands[index] as Stand).at + path)) index++;
    here.full.set(path, index);
    return here.stands[index];
  }

  private free(folder: string): string {
    for (;;) {
      const at = join(folder, `.stasis-${++this.next}`);
      if (this.isFree(at)) return at;
    }
  }

  private isFree(at: string): boolean {
    return !this.used.has(at) && this.lookUp(at) === 'nothing';
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
