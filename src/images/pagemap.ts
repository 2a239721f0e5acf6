// SPDX-License-Identifier: LGPL-2.1-only
import { damaged } from './error.js';
import { decodeRecords, encodeRecords, type ImageRecord } from './file.js';
import type { PagemapEntry, PagemapHead } from './generated/messages.js';
import { KINDS } from './kinds.js';
import type { U64 } from './wire/u64.js';

export const PAGE_SIZE = 4096;

/** Flags of a run. */
export const PE_PARENT = 1;
export const PE_LAZY = 2;
export const PE_PRESENT = 4;

/** Consecutive pages with the same flags. */
export interface PageRun {
  /** Address of the first one; in the map of shared memory its offset. Bytes. */
  readonly start: U64;
  readonly pages: number;
  /** PE_*; a run without PE_PRESENT has no bytes in the pages image. */
  readonly flags: number;
}

export interface Pagemap {
  /** N of `pages-N.img`, which holds the pages of the runs that are present one after the other. */
  readonly pagesId: number;
  /** Ascending. */
  readonly runs: readonly PageRun[];
}

/** The bytes of a page map. Readers before CRIU 4.2 know the number of pages by another field: both are written. */
export function encodePagemap({ pagesId, runs }: Pagemap): Buffer {
  const records: ImageRecord[] = [{ type: 'pagemap_head', message: { pages_id: pagesId } }];
  for (const { start, pages, flags } of runs) {
    records.push({
      type: 'pagemap_entry',
      message: { vaddr: start, compat_nr_pages: pages < 2 ** 32 ? pages : 0, flags, nr_pages: pages },
    });
  }
  return encodeRecords(KINDS.PAGEMAP, records);
}

/** @throws ImageError naming `name` */
export function decodePagemap(name: string, bytes: Uint8Array): Pagemap {
  const [head, ...entries] = decodeRecords(name, bytes, KINDS.PAGEMAP).records;
  if (head === undefined) throw damaged(name, 'no entry');
  return {
    pagesId: (head.message as PagemapHead).pages_id,
    runs: entries.map(({ message }) => runOf(name, message as PagemapEntry)),
  };
}

function runOf(name: string, entry: PagemapEntry): PageRun {
  const pages = entry.nr_pages ?? entry.compat_nr_pages;
  if (typeof pages === 'bigint') throw damaged(name, `a run of ${pages} pages`);
  const flags = (entry.flags ?? PE_PRESENT) | (entry.in_parent === true ? PE_PARENT : 0);
  return { start: entry.vaddr, pages, flags };
}
