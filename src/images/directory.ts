// SPDX-License-Identifier: LGPL-2.1-only
import { join } from 'node:path';
import { decodeCore, type SealedCore } from './core.js';
import { type Disk, list, NODE_DISK, sizeOf } from './disk.js';
import { damaged } from './error.js';
import { decodeImage, decodeOne, decodeRecords, type Image } from './file.js';
import type { Manifest } from './generated/messages.js';
import { imageName, kindOfName, type KindName, type MessageOf } from './kinds.js';
import { checkFiles, decodeManifest, type Found, MANIFEST, unsealed } from './manifest.js';
import { decodePagemap, type Pagemap } from './pagemap.js';

export interface OpenOptions {
  readonly disk?: Disk;
  /** Accept a directory without `stasis.img`, such as CRIU writes. Default: refuse. */
  readonly acceptUnsealed?: boolean;
  /** Compute the checksums of raw pages now. Default: only their sizes, because whoever restores pages reads them anyway. */
  readonly checkPages?: boolean;
}

/** The images of a directory, in memory; files of raw pages by size only. */
export class ImageDirectory {
  constructor(
    readonly path: string,
    private readonly images: ReadonlyMap<string, Uint8Array>,
    private readonly raw: ReadonlyMap<string, number>,
    /** What `stasis.img` says, where there is one. */
    readonly manifest: Manifest | undefined,
  ) {}

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
    if (bytes === undefined) throw damaged(name, 'the file is missing');
    return bytes;
  }

  /** Entries of an image; none where it does not exist, as CRIU leaves out what would be empty. @throws ImageError */
  all<K extends KindName>(kind: K, id?: number): MessageOf<K>[] {
    const name = imageName(kind, id);
    return this.images.has(name) ? decodeImage(kind, name, this.bytes(name)) : [];
  }

  /** The one entry of an image that must be there. @throws ImageError */
  one<K extends KindName>(kind: K, id?: number): MessageOf<K> {
    const name = imageName(kind, id);
    return decodeOne(kind, name, this.bytes(name));
  }

  /** An image with the bytes that follow its entries. @throws ImageError */
  records(name: string): Image {
    const kind = kindOfName(name);
    return decodeRecords(name, this.bytes(name), kind === 'raw' ? undefined : kind);
  }

  core(tid: number): SealedCore {
    const name = imageName('CORE', tid);
    return decodeCore(name, this.bytes(name));
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
    return decodePagemap(name, this.bytes(name));
  }
}

/** Reads a directory and holds it against its manifest. @throws ImageError naming the first file that is missing, truncated or altered */
export async function openImages(path: string, { disk = NODE_DISK, acceptUnsealed = false, checkPages = false }: OpenOptions = {}): Promise<ImageDirectory> {
  const raw = await rawSizes(path);
  const { names, buffers, crc32s } = await disk.readImages(path);
  const images = new Map(names.map((name, index) => [name, buffers[index] as Uint8Array]));
  const found = new Map<string, Found>(names.map((name, index) => [name, { size: images.get(name)?.length ?? 0, crc32: crc32s[index] }]));
  for (const [name, size] of raw) found.set(name, checkPages ? await disk.checksumFile(join(path, name)) : { size });

  const bytes = images.get(MANIFEST);
  if (bytes === undefined && !acceptUnsealed) throw unsealed(path);
  const manifest = bytes && decodeManifest(bytes);
  if (manifest) checkFiles(manifest, found);
  return new ImageDirectory(path, images, raw, manifest);
}

async function rawSizes(path: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await list(path)) if (kindOfName(name) === 'raw') sizes.set(name, (await sizeOf(join(path, name))) ?? 0);
  return sizes;
}
