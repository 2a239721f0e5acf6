// SPDX-License-Identifier: LGPL-2.1-only
import type { Input } from './codec.js';
import { crc32 } from './crc32.js';
import { damaged, ImageError } from './error.js';
import { decodeRecords, encodeRecords, only } from './file.js';
import type { Manifest, ManifestFile } from './generated/messages.js';
import { KINDS } from './kinds.js';
import type { U64 } from './wire/u64.js';

export const MANIFEST = 'stasis.img';
const MANIFEST_VERSION = 1;
const SUM_SIZE = 4;

/** Size and checksum of one file of a directory. */
export interface FileSum {
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
  /** Bytes of a chunk, the last of which may have less, and the checksum of each. */
  readonly chunks?: { readonly size: number; readonly sums: readonly number[] };
}

/** The bytes of `stasis.img`: the manifest, then the checksum of all bytes before. */
export function encodeManifest(files: readonly FileSum[], about: Input<Omit<Manifest, 'version' | 'files'>>): Buffer {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const message = { ...about, version: MANIFEST_VERSION, files: sorted.map(fileMessage) };
  const image = encodeRecords(KINDS.STASIS, [{ type: 'Manifest', message, payload: new Uint8Array(SUM_SIZE) }]);
  image.writeUInt32LE(crc32(image.subarray(0, -SUM_SIZE)), image.length - SUM_SIZE);
  return image;
}

/** The sum of a single chunk would be that of the whole. */
function fileMessage({ name, size, crc32, chunks }: FileSum): Input<ManifestFile> {
  if (chunks === undefined || chunks.sums.length < 2) return { name, size, crc32 };
  return { name, size, crc32, chunk_size: chunks.size, chunk_crc32: chunks.sums };
}

/** @throws ImageError when it is damaged or of a later version */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const { message, payload } = only(MANIFEST, decodeRecords(MANIFEST, bytes, KINDS.STASIS).records);
  const expected = Buffer.from(payload ?? []).readUInt32LE(0);
  const found = crc32(bytes.subarray(0, bytes.length - SUM_SIZE));
  if (found !== expected) throw damaged(MANIFEST, `its checksum is ${hex(found)}, not ${hex(expected)}`);
  const manifest = message as Manifest;
  if (manifest.version !== MANIFEST_VERSION) throw newer(manifest.version);
  return manifest;
}

/** What a directory was found to hold. */
export interface Found {
  readonly size: number;
  /** Absent where it is verified later, as pages are while they are restored. */
  readonly crc32?: number | undefined;
}

/** Compares a directory with its manifest. Files that the manifest does not name are of no concern. @throws ImageError naming the first file at fault */
export function checkFiles(manifest: Manifest, found: ReadonlyMap<string, Found>): void {
  for (const { name, fault } of manifestFaults(manifest, found)) throw untrue(name, fault);
}

/** All files that are not as the manifest says. */
export function* manifestFaults(
  manifest: Manifest,
  found: ReadonlyMap<string, Found>,
): Generator<{ readonly name: string; readonly fault: string }> {
  for (const { name, size, crc32: sum } of manifest.files) {
    const problem = faultOf(size, sum, found.get(name));
    if (problem !== undefined) yield { name, fault: problem };
  }
}

function faultOf(size: U64, sum: number, found: Found | undefined): string | undefined {
  if (found === undefined) return 'the file is missing';
  if (found.size < size) return `the file is truncated: ${found.size} of ${size} bytes are left`;
  if (found.size > size) return `the file has grown from ${size} to ${found.size} bytes`;
  if (found.crc32 === undefined || found.crc32 === sum) return undefined;
  return `the file has been altered: its checksum is ${hex(found.crc32)}, not ${hex(sum)}`;
}

export function untrue(file: string, cause: string): ImageError {
  return new ImageError({
    operation: 'read',
    object: `image ${file}`,
    cause,
    hint: 'dump again, or fetch the directory anew',
    file,
  });
}

/** A directory that was not finished, or was not written by Stasis. */
export function unsealed(path: string): ImageError {
  return new ImageError({
    operation: 'read',
    object: `image ${MANIFEST}`,
    cause: `the file is missing in ${path}`,
    hint: 'the dump was not finished, or another tool wrote the directory: restore --accept-unsealed takes it as it is',
    file: MANIFEST,
  });
}

function newer(version: number): ImageError {
  const cause = `version ${version} is not known, only ${MANIFEST_VERSION}`;
  return new ImageError({
    operation: 'read',
    object: `image ${MANIFEST}`,
    cause,
    hint: 'it was written by a later Stasis',
    file: MANIFEST,
  });
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
