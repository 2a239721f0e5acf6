// SPDX-License-Identifier: GPL-2.0-only
import type { Description, Path } from './generated.js';

/** A file that is in files.img for another reason than a descriptor: executable, directory, mapping. */
export interface SpecialFile {
  readonly id: number;
  readonly path: Path;
}

/** Numbers of the entries of files.img: one space for descriptors and all others. */
export class FileIds {
  private next: number;
  private readonly memfds = new Map<number, number>();
  private readonly byPath = new Map<string, SpecialFile>();

  constructor(descriptions: readonly Description[]) {
    this.next = descriptions.reduce((highest, { id }) => Math.max(highest, id), 0) + 1;
  }

  /** A number that nothing has. */
  fresh(): number {
    return this.next++;
  }

  /** The entry of a file as such; the same file by the same name has one. */
  special(path: Path): number {
    const key = `${path.dev}:${path.ino}:${path.deleted ? 'd' : ''}:${Buffer.from(path.path).toString('latin1')}`;
    let known = this.byPath.get(key);
    if (!known) {
      known = { id: this.fresh(), path };
      this.byPath.set(key, known);
    }
    return known.id;
  }

  /** The entry by which mappings of a memfd refer to it. */
  memfdMapping(objectId: number): number {
    let id = this.memfds.get(objectId);
    if (id === undefined) {
      id = this.fresh();
      this.memfds.set(objectId, id);
    }
    return id;
  }

  /** All that {@link memfdMapping} was asked for so far: object id, file id. */
  memfdMappings(): Iterable<[number, number]> {
    return this.memfds;
  }

  /** All that {@link special} was asked for so far. */
  specials(): Iterable<SpecialFile> {
    return this.byPath.values();
  }
}
