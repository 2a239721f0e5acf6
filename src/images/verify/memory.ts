// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import { FdTypes } from '../generated/enums.js';
import type { VmaEntry } from '../generated/messages.js';
import { PAGE_SIZE } from '../pagemap.js';
import { VMA_FILE, VMA_GUARD, VMA_MEMFD } from '../vma.js';
import { big, type U64 } from '../wire/u64.js';
import { expectFile, type FileTable } from './file-table.js';
import type { Findings } from './findings.js';
import type { Member } from './tree.js';

/** Address spaces: their mappings in order, and the files behind them. */
export function checkMemory(images: ImageDirectory, tree: readonly Member[], files: FileTable, findings: Findings): void {
  for (const { pid, dead } of tree) {
    if (dead) continue;
    const name = `mm-${pid}.img`;
    const mm = findings.attempt(() => images.one('MM', pid));
    if (mm === undefined) continue;
    expectFile(files, mm.exe_file_id, FdTypes.REG, name, 'the executable', findings);
    checkOrder(name, mm.vmas, findings);
    for (const vma of mm.vmas) checkFile(name, vma, files, findings);
  }
}

function checkOrder(name: string, vmas: readonly VmaEntry[], findings: Findings): void {
  let last: U64 = 0;
  for (const { start, end, status } of vmas) {
    const where = `mapping ${hex(start)}-${hex(end)}`;
    findings.expect(start < end && aligned(start) && aligned(end), name, `${where} is not made of pages`);
    if ((status & VMA_GUARD) !== 0) continue;
    findings.expect(start >= last, name, `${where} begins before the one before it ends`);
    last = end;
  }
}

function checkFile(name: string, { start, end, status, shmid }: VmaEntry, files: FileTable, findings: Findings): void {
  if ((status & VMA_FILE) === 0) return;
  const type = (status & VMA_MEMFD) === 0 ? FdTypes.REG : FdTypes.MEMFD;
  expectFile(files, Number(shmid), type, name, `mapping ${hex(start)}-${hex(end)}`, findings);
}

export function aligned(address: U64): boolean {
  return big(address) % BigInt(PAGE_SIZE) === 0n;
}

export function hex(address: U64): string {
  return address.toString(16);
}
