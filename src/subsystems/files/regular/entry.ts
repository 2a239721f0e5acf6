// SPDX-License-Identifier: GPL-2.0-only
import type { Path } from '../../../facts/generated.js';
import type { FownEntry, RegFileEntry } from '../../../images/generated/messages.js';
import { O_ACCMODE, O_APPEND, O_WRONLY, S_IFMT, S_IFREG } from '../../../linux/fcntl.js';
import { NO_OWNER } from '../../descriptors/tables/fown.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export interface Opened {
  readonly flags: number;
  /** Of a directory it may be any 64 bits. */
  readonly pos: number | bigint;
  readonly fown: FownEntry;
}

/** Needed as such: nobody has it open. */
const NOT_OPEN: Opened = { flags: 0, pos: 0, fown: NO_OWNER };

/**
 * reg_file_entry: everything that has a path. The size is there to be compared at the restore, so a file that may
 * grow meanwhile through other writers (only appended to) goes without.
 */
export function regFile(id: number, file: Path, { flags, pos, fown }: Opened = NOT_OPEN): RegFileEntry {
  const { name, raw_name } = named(file.path);
  const grows = (flags & O_ACCMODE) === O_WRONLY && (flags & O_APPEND) !== 0;
  const sized = (file.mode & S_IFMT) === S_IFREG && !grows;
  return {
    id,
    flags,
    pos,
    fown,
    name,
    mode: file.mode,
    build_id: buildIdWords(file.buildId),
    ...(sized ? { size: file.size } : {}),
    ...(raw_name ? { raw_name } : {}),
  };
}

/** A path is bytes; the format's string is not. Where they differ the bytes go into a field of our own. */
function named(path: Uint8Array): { name: string; raw_name?: Uint8Array } {
  try {
    return { name: UTF8.decode(path) };
  } catch {
    return { name: Buffer.from(path).toString('utf8'), raw_name: path };
  }
}

function buildIdWords(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
    words.push((a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
  }
  return words;
}
