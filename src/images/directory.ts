// SPDX-License-Identifier: LGPL-2.1-only
import { decodeCore, type SealedCore, sharing, sharingCore } from './core.js';
import { type Disk, NODE_DISK } from './disk.js';
import type { UntrustedImages } from './error.js';
import { decodeImage, decodeOne, decodeRecords, type Image } from './file.js';
import type { Manifest } from './generated/messages.js';
import { imageName, type KindName, kindOfName, type MessageOf } from './kinds.js';
import { loadFiles } from './load.js';
import { checkFiles, decodeManifest, MANIFEST, unsealed, untrue } from './manifest.js';
import { decodePagemap, type Pagemap } from './pagemap.js';
import { ImageSource } from './source.js';
import type { Trust } from './trust.js';

export interface OpenOptions {
  readonly disk?: Disk;
  /** Accept a directory without `stasis.img`, such as CRIU writes. Default: refuse. */
  readonly acceptUnsealed?: boolean;
  /** Compute the checksums of raw pages now. Default: only their sizes, because whoever restores pages reads them anyway. */
  readonly checkPages?: boolean;
  /**
   * What is to become of a directory that somebody else could have made or changed, or a file in it, or what is on the way
   * to it: anybody but root and the user whose rights this process has. `tell`: see {@link ImageDirectory.doubt}.
   * If given, the directory stays open until {@link ImageDirectory.close}. Default: nothing is looked at.
   */
  readonly trust?: Trust;
}

/**
 * The images of a directory, in memory; files of raw pages by size only. What was decoded once is kept, and equal parts of
 * several images may be one object: nothing of it may be changed.
 */
export class ImageDirectory {
  private readonly decoded = new Map<string, unknown>();
  private readonly cores = sharingCore();
  private readonly others = sharing();

  constructor(
    readonly path: string,
    private readonly images: ReadonlyMap<string, Uint8Array>,
    private readonly raw: ReadonlyMap<string, number>,
    /** What `stasis.img` says, where there is one. */
    readonly manifest: Manifest | undefined,
    private readonly source?: ImageSource,
  ) {}

  /** Where its files can be opened: in the directory that was read, whatever has its name by now; until it is closed. */
  get at(): string {
    return this.source?.at ?? this.path;
  }

  /** What somebody else could have written, if that was to be told. */
  get doubt(): UntrustedImages | undefined {
    return this.source?.doubt;
  }

  /** Files of raw pages cannot be opened any more; what is in memory stays. */
  close(): void {
    this.source?.close();
  }

  /** Names of all files, sorted. */
  names(): string[] {
    return [...this.images.keys(), ...this.raw.keys()].sort();
  }

  has(kind: KindName, id?: number): boolean {
    return this.images.has(imageName(kind, id));
  }

  /** Bytes of a file, undefined where there is none. */
  size(name: string): number | undefined {
    return this.images.get(name)?.length ?? this.raw.get(name);
  }

  /** @throws ImageError where there is none */
  bytes(name: string): Uint8Array {
    const bytes = this.images.get(name);
    if (bytes === undefined) throw untrue(name, 'the file is missing');
    return bytes;
  }

  /** Entries of an image; none where it does not exist, as CRIU leaves out what would be empty. @throws ImageError */
  all<K extends KindName>(kind: K, id?: number): MessageOf<K>[] {
    const name = imageName(kind, id);
    return this.images.has(name) ? this.once('all', name, (bytes) => decodeImage(kind, name, bytes)) : [];
  }

  /** The one entry of an image that must be there. @throws ImageError */
  one<K extends KindName>(kind: K, id?: number): MessageOf<K> {
    const name = imageName(kind, id);
    return this.once('one', name, (bytes) => decodeOne(kind, name, bytes, this.others));
  }

  /** An image with the bytes that follow its entries. @throws ImageError */
  records(name: string): Image {
    const kind = kindOfName(name);
    return this.once('records', name, (bytes) => decodeRecords(name, bytes, kind === 'raw' ? undefined : kind));
  }

  core(tid: number): SealedCore {
    const name = imageName('CORE', tid);
    return this.once('core', name, (bytes) => decodeCore(name, bytes, this.cores));
  }

  /** Page map of a process. */
  pagemap(pid: number): Pagemap {
    return this.pagemapOf(`pagemap-${pid}.img`);
  }

  /** Page map of shared memory. */
  shmemPagemap(shmid: number): Pagemap {
    return this.pagemapOf(`pagemap-shmem-${shmid}.img`);
  }

  private pagemapOf(name: string): Pagemap {
    return this.once('pagemap', name, (bytes) => decodePagemap(name, bytes));
  }

  private once<T>(form: string, name: string, decode: (bytes: Uint8Array) => T): T {
    const key = `${form} ${name}`;
    let known = this.decoded.get(key) as T | undefined;
    if (known === undefined) {
      known = decode(this.bytes(name));
      this.decoded.set(key, known);
    }
    return known;
  }
}

/** Reads a directory and holds it against its manifest. @throws ImageError naming the first file that is missing, truncated or altered */
export async function openImages(
  path: string,
  { disk = NODE_DISK, acceptUnsealed = false, checkPages = false, trust }: OpenOptions = {},
): Promise<ImageDirectory> {
  const source = trust && ImageSource.open(path, trust);
  try {
    const { images, raw, found } = await loadFiles(source?.at ?? path, disk, checkPages, source);
    const bytes = images.get(MANIFEST);
    if (bytes === undefined && !acceptUnsealed) throw unsealed(path);
    const manifest = bytes && decodeManifest(bytes);
    if (manifest) checkFiles(manifest, found);
    return new ImageDirectory(path, images, raw, manifest, source);
  } catch (error) {
    source?.close();
    throw error;
  }
}
