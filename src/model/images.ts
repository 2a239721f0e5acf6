// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { ImageDirectory } from '../images/directory.js';
import type { Manifest } from '../images/generated/messages.js';
import { imageName, type KindName, type MessageOf } from '../images/kinds.js';

export interface WithData<T> {
  readonly entry: T;
  /** Bytes that follow the entry; a view. */
  readonly data: Uint8Array;
}

/** The files of an image directory, pages excepted, decoded when asked for. Damage is an ImageError that names the file. */
export class Images {
  private readonly divided = new Map<string, unknown>();

  constructor(readonly directory: ImageDirectory) {}

  /** Of stasis.img; undefined for directories that another tool wrote. */
  get manifest(): Manifest | undefined {
    return this.directory.manifest;
  }

  has(kind: KindName, id?: number): boolean {
    return this.directory.has(kind, id);
  }

  hasFile(name: string): boolean {
    return this.directory.size(name) !== undefined;
  }

  /** Entries of an image; none if there is no such file. */
  list<K extends KindName>(kind: K, id?: number): MessageOf<K>[] {
    return this.directory.all(kind, id);
  }

  /** Entries with the bytes that follow them. */
  withData<K extends KindName>(kind: K, id?: number): WithData<MessageOf<K>>[] {
    if (!this.has(kind, id)) return [];
    const { records } = this.directory.records(imageName(kind, id));
    return records.map(({ message, payload }) => ({ entry: message as MessageOf<K>, data: payload ?? NOTHING }));
  }

  /** Entries with the bytes that follow them whose `field` is `owner`, in their order. */
  dataOf<K extends KindName>(kind: K, field: keyof MessageOf<K> & string, owner: number): readonly WithData<MessageOf<K>>[] {
    return this.by(kind, field, (entry) => Number(entry[field])).get(owner) ?? [];
  }

  /** Entries by a key of theirs, in their order. Divided once for each `name`, so that every entry's owner may ask. */
  by<K extends KindName, Key>(
    kind: K,
    name: string,
    keyOf: (entry: MessageOf<K>) => Key | undefined,
  ): ReadonlyMap<Key, readonly WithData<MessageOf<K>>[]> {
    const key = `${kind} ${name}`;
    let groups = this.divided.get(key) as Map<Key, WithData<MessageOf<K>>[]> | undefined;
    if (!groups) {
      groups = new Map();
      for (const one of this.withData(kind)) {
        const group = keyOf(one.entry);
        if (group === undefined) continue;
        const known = groups.get(group);
        if (known) known.push(one);
        else groups.set(group, [one]);
      }
      this.divided.set(key, groups);
    }
    return groups;
  }

  /** The one entry of an image that must be there. */
  one<K extends KindName>(kind: K, id?: number): MessageOf<K> {
    return this.directory.one(kind, id);
  }

  /** Bytes of an image as they are. */
  raw(name: string): Uint8Array {
    return this.directory.bytes(name);
  }

  names(): Iterable<string> {
    return this.directory.names();
  }

  /** Entries of an image whose `field` is `owner`, in their order; as {@link dataOf} for many owners. */
  listOf<K extends KindName>(kind: K, field: keyof MessageOf<K> & string, owner: number): MessageOf<K>[] {
    return this.dataOf(kind, field, owner).map(({ entry }) => entry);
  }
}

const NOTHING = new Uint8Array(0);

/** An image that the others need is not there, or empty. */
export function missing(file: string, cause: string): StasisError {
  return wrong(file, cause, 'the image directory is incomplete');
}

/** An image contradicts the others. */
export function wrong(file: string, cause: string, hint?: string): StasisError {
  return new StasisError({ kind: 'image', operation: 'read', object: `image ${file}`, cause, hint, details: { file } });
}
