// SPDX-License-Identifier: GPL-2.0-only
import { fileName } from './file-name.js';
import { StasisError } from '../errors/index.js';
import { decodeImage, decodeRecords } from '../images/file.js';
import { type KindName, KINDS, type MessageOf } from '../images/kinds.js';
import type { Manifest } from '../images/generated/messages.js';

export interface WithData<T> {
  readonly entry: T;
  /** Bytes that follow the entry; a view. */
  readonly data: Uint8Array;
}

/** The files of an image directory, pages excepted, decoded when asked for. Damage is an ImageError that names the file. */
export class Images {
  constructor(
    private readonly files: ReadonlyMap<string, Uint8Array>,
    /** Of stasis.img; undefined for directories that another tool wrote. */
    readonly manifest: Manifest | undefined,
  ) {}

  has(kind: KindName, id?: number): boolean {
    return this.files.has(fileName(kind, id));
  }

  /** Entries of an image; none if there is no such file. */
  list<K extends KindName>(kind: K, id?: number): MessageOf<K>[] {
    const name = fileName(kind, id);
    const bytes = this.files.get(name);
    return bytes ? decodeImage(kind, name, bytes) : [];
  }

  /** Entries with the bytes that follow them. */
  withData<K extends KindName>(kind: K, id?: number): WithData<MessageOf<K>>[] {
    const name = fileName(kind, id);
    const bytes = this.files.get(name);
    if (!bytes) return [];
    const { records } = decodeRecords(name, bytes, KINDS[kind]);
    return records.map(({ message, payload }) => ({ entry: message as MessageOf<K>, data: payload ?? NOTHING }));
  }

  /** The one entry of an image that must be there. */
  one<K extends KindName>(kind: K, id?: number): MessageOf<K> {
    const [entry] = this.list(kind, id);
    if (!entry) throw missing(fileName(kind, id), this.has(kind, id) ? 'it has no entry' : 'no such file');
    return entry;
  }

  /** Bytes of an image as they are. */
  raw(name: string): Uint8Array {
    const bytes = this.files.get(name);
    if (!bytes) throw missing(name, 'no such file');
    return bytes;
  }

  names(): Iterable<string> {
    return this.files.keys();
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
