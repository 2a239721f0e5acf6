// SPDX-License-Identifier: GPL-2.0-only
import { encodeRecords } from '../../../images/file.js';
import { KINDS } from '../../../images/kinds.js';
import { fromBig, type U64 } from '../../../images/wire/u64.js';
import { type Ghost, hasContent } from './survey.js';

/** Smaller files are kept as they are; larger ones by their data, without the holes. */
const CHUNKED_FROM = 3 * 4096;

export function ghostEntry({ file, description }: Ghost) {
  const { mode, dev, ino, size, mtimeNs } = file;
  return {
    uid: description?.uid ?? file.uid,
    gid: description?.gid ?? file.gid,
    mode,
    dev: kernelDevice(dev),
    ino,
    rdev: description?.rdev ? Number(BigInt(description.rdev) & 0xffff_ffffn) : undefined,
    ...times(BigInt(mtimeNs), BigInt(file.atimeNs || mtimeNs)),
    ...(description?.regular?.unnamed ? { unnamed: description.regular.unnamed } : {}),
    ...(isChunked(size) ? { chunks: true } : {}),
    size,
  };
}

/** What the image of a ghost with content begins with. */
export function ghostHeader(ghost: Ghost): { readonly header: Uint8Array; readonly chunks: boolean } {
  const message = ghostEntry(ghost);
  const header = encodeRecords(KINDS.GHOST_FILE, [{ type: 'ghost_file_entry', message }]);
  return { header, chunks: hasContent(ghost) && isChunked(ghost.file.size) };
}

function isChunked(size: U64): boolean {
  return size >= CHUNKED_FROM;
}

const NS_PER_S = 1_000_000_000n;

/** CRIU's times end at microseconds; ours are beside them. */
function times(mtime: bigint, atime: bigint) {
  return { mtim: micro(mtime), atim: micro(atime), mtime_ns: fromBig(mtime), atime_ns: fromBig(atime) };
}

/** Before 1970 the second is the one before, and the rest goes forward (struct timespec). */
function micro(ns: bigint): { tv_sec: U64; tv_usec: number } {
  const part = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
  return { tv_sec: fromBig(BigInt.asUintN(64, (ns - part) / NS_PER_S)), tv_usec: Number(part / 1000n) };
}

/** From the encoding of stat(2) to the kernel's own: major << 20 | minor. */
function kernelDevice(dev: U64): number {
  const wide = BigInt(dev);
  const major = ((wide >> 8n) & 0xfffn) | ((wide >> 32n) & ~0xfffn);
  const minor = (wide & 0xffn) | ((wide >> 12n) & 0xf_ff00n);
  return Number(((major << 20n) | minor) & 0xffff_ffffn);
}
