// SPDX-License-Identifier: GPL-2.0-only

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRecords, type ImageRecord } from '../../../images/file.js';
import { RemapType } from '../../../images/generated/enums.js';
import type { GhostFileEntry, RegFileEntry } from '../../../images/generated/messages.js';
import { imageName } from '../../../images/kinds.js';
import type { U64 } from '../../../images/wire/u64.js';
import { Derived, derived } from '../../../memo.js';
import { type Images, wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';

/** A file of the images that has to be made, to be without a name again. */
export interface GhostFile {
  readonly id: number;
  readonly entry: GhostFileEntry;
  /** Its image, and where in it the content begins. */
  readonly image: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: U64;
  /** Where it was, as bytes in latin1. */
  readonly path: string;
}

/** A name that is gone of a file that has another. */
export interface LostLink {
  /** In files.img. */
  readonly file: number;
  readonly target: string;
  readonly path: string;
}

/** By id in files.img: what stands for the file. */
export interface Remaps {
  readonly ghosts: ReadonlyMap<number, GhostFile>;
  readonly links: ReadonlyMap<number, LostLink>;
}

const NAME = 'remap-fpath.img';
const REMAPS = new Derived(readRemaps);

export function remapsOf(model: Model): Remaps {
  return derived(model, REMAPS);
}

export function isRemapped(model: Model, file: number): boolean {
  const { ghosts, links } = remapsOf(model);
  return ghosts.has(file) || links.has(file);
}

/** Reads remap-fpath.img and the heads of ghost-file-*.img. */
function readRemaps(model: Model): Remaps {
  const { images } = model;
  const ghosts = new Map<number, GhostFile>();
  const links = new Map<number, LostLink>();
  const byId = new Map<number, GhostFile>();
  for (const { orig_id, remap_id, remap_type } of images.list('REMAP_FPATH')) {
    const path = pathBytes(regOf(model, orig_id));
    if (!path.startsWith('/') || path.includes('\0') || /\/\.\.(\/|$)/.test(path))
      throw wrong(NAME, `file ${orig_id} is at ${JSON.stringify(path)}, which is no absolute path`);
    switch (remap_type ?? RemapType.LINKED) {
      case RemapType.GHOST: {
        const ghost = byId.get(remap_id) ?? loadGhost(images, remap_id, path);
        byId.set(remap_id, ghost);
        ghosts.set(orig_id, ghost);
        break;
      }
      case RemapType.LINKED:
        links.set(orig_id, { file: orig_id, target: pathBytes(regOf(model, remap_id)), path });
        break;
      default:
        throw wrong(NAME, `file ${orig_id} is of a process that had ended (remap type ${remap_type}), which is not supported`);
    }
  }
  return { ghosts, links };
}

function loadGhost(images: Images, id: number, path: string): GhostFile {
  const image = imageName('GHOST_FILE', id);
  const [head] = decodeRecords(image, images.raw(image)).records as [ImageRecord?];
  if (!head) throw wrong(image, 'it has no entry');
  const entry = head.message as GhostFileEntry;
  const offset = head.payloadAt ?? 0;
  // CRIU tells the size of files in chunks only; of others the rest of the image is the content.
  const size = entry.size === undefined ? fileSize(images, image) - offset : entry.size;
  return { id, entry, image, offset, size, path };
}

/** Of large ones not all is in memory. */
function fileSize({ directory }: Images, image: string): number {
  return statSync(join(directory.at, image)).size;
}

function regOf(model: Model, id: number): RegFileEntry {
  const reg = model.files.get(id)?.reg;
  if (!reg) throw wrong(NAME, `file ${id} should be in files.img, with a path`);
  return reg;
}

/** Paths are bytes: one character each here. */
function pathBytes({ name, raw_name }: RegFileEntry): string {
  return Buffer.from(raw_name ?? Buffer.from(name)).toString('latin1');
}
