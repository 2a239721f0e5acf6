// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import type { VmaEntry } from '../generated/messages.js';
import { imageName } from '../kinds.js';
import { PAGE_SIZE, type Pagemap, PE_PARENT, PE_PRESENT } from '../pagemap.js';
import { VMA_ANON_PRIVATE, VMA_ANON_SHARED, VMA_FILE_PRIVATE, VMA_GUARD } from '../vma.js';
import { big, fromBig, type U64 } from '../wire/u64.js';
import type { Findings } from './findings.js';
import { aligned, hex } from './memory.js';
import type { Member } from './tree.js';

/** Page maps: in order, inside the memory they belong to, and of the same length as the pages. */
export function checkPages(images: ImageDirectory, tree: readonly Member[], findings: Findings): void {
  const owners = new Map<number, string>();
  const shared = new Map<number, U64 | undefined>();
  for (const { pid, dead } of tree) {
    if (dead) continue;
    const vmas = findings.attempt(() => images.one('MM', pid))?.vmas;
    const name = imageName('PAGEMAP', pid);
    const map = findings.attempt(() => images.pagemap(pid));
    if (map) checkMap(images, name, map, owners, findings);
    // That they are missing is said already, and not again for each run.
    if (map && vmas) checkInside(name, map, vmas, findings);
    for (const vma of vmas ?? []) if ((vma.status & VMA_ANON_SHARED) !== 0) shared.set(Number(vma.shmid), undefined);
  }
  for (const { shmid, size } of findings.attempt(() => images.all('MEMFD_INODE')) ?? []) shared.set(shmid, size);
  for (const [shmid, size] of shared) checkShared(images, shmid, size, owners, findings);
}

function checkShared(
  images: ImageDirectory,
  shmid: number,
  size: U64 | undefined,
  owners: Map<number, string>,
  findings: Findings,
): void {
  const name = `pagemap-shmem-${shmid}.img`;
  // Memory that was never written to has no page map.
  if (images.size(name) === undefined) return;
  const map = findings.attempt(() => images.shmemPagemap(shmid));
  if (map === undefined) return;
  checkMap(images, name, map, owners, findings);
  const last = map.runs.at(-1);
  if (last === undefined || size === undefined) return;
  const end = endOf(last);
  // The last page may be there by less than all of its bytes.
  const beyond = big(end) - big(size) >= BigInt(PAGE_SIZE);
  findings.expect(!beyond, name, `pages up to ${end} in a memory of ${size} bytes`);
}

function checkMap(
  images: ImageDirectory,
  name: string,
  { pagesId, runs }: Pagemap,
  owners: Map<number, string>,
  findings: Findings,
): void {
  const pages = `pages-${pagesId}.img`;
  const owner = owners.get(pagesId);
  findings.expect(owner === undefined, name, `${pages} belongs to ${owner} already`);
  owners.set(pagesId, name);
  let end: U64 = 0;
  let present = 0;
  for (const run of runs) {
    findings.expect(aligned(run.start) && run.pages > 0, name, `run at ${hex(run.start)} is not made of pages`);
    findings.expect(run.start >= end, name, `run at ${hex(run.start)} begins before the one before it ends`);
    findings.expect(
      (run.flags & PE_PARENT) === 0,
      name,
      `run at ${hex(run.start)} is in a parent directory, which is not supported`,
    );
    end = endOf(run);
    if ((run.flags & PE_PRESENT) !== 0) present += run.pages;
  }
  const size = images.size(pages) ?? 0;
  findings.expect(size === present * PAGE_SIZE, pages, `${size} bytes where ${name} has ${present} pages`);
}

/** Pages outside the private mappings would have nowhere to go. */
function checkInside(name: string, { runs }: Pagemap, vmas: readonly VmaEntry[], findings: Findings): void {
  const room = vmas.filter(({ status }) => (status & (VMA_ANON_PRIVATE | VMA_FILE_PRIVATE)) !== 0 && (status & VMA_GUARD) === 0);
  let index = 0;
  for (const run of runs) {
    const end = endOf(run);
    let at = run.start;
    while (at < end) {
      while (index < room.length && (room[index] as VmaEntry).end <= at) index++;
      const vma = room[index];
      if (vma === undefined || vma.start > at) {
        findings.add(name, `run at ${hex(run.start)} goes outside the private mappings at ${hex(at)}`);
        break;
      }
      at = vma.end;
    }
  }
}

function endOf(run: { readonly start: U64; readonly pages: number }): U64 {
  return fromBig(big(run.start) + BigInt(run.pages) * BigInt(PAGE_SIZE));
}
