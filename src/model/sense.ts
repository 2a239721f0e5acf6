// SPDX-License-Identifier: GPL-2.0-only
import type { MmEntry } from '../images/generated/messages.js';
import { imageName } from '../images/kinds.js';
import { PAGE_SIZE } from '../images/pagemap.js';
import { VMA_GUARD } from '../images/vma.js';
import { big, type U64 } from '../images/wire/u64.js';
import { wrong } from './images.js';

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK (include/linux/errno.h). */
const INTERRUPTED = [0, 512, 513, 514, 516];

/** Address spaces that are known to make sense: equal ones are decoded once. */
export type Checked = Set<MmEntry['vmas']>;

/** Mappings are whole pages, and in order. @throws StasisError of kind `image` */
export function checkMappings(pid: number, { vmas }: MmEntry, checked: Checked): void {
  if (checked.has(vmas)) return;
  checked.add(vmas);
  let last: U64 = 0;
  for (const { start, end, pgoff, shmid, object_size, status } of vmas) {
    if (start >= end || !aligned(start) || !aligned(end) || !aligned(pgoff))
      throw wrong(imageName('MM', pid), `${text(start, end)} is not made of pages`);
    for (const value of [shmid, object_size])
      if (typeof value === 'bigint') throw wrong(imageName('MM', pid), `${text(start, end)} is of ${value}, which nothing is`);
    if ((status & VMA_GUARD) !== 0) continue;
    if (start < last) throw wrong(imageName('MM', pid), `${text(start, end)} begins before the one before it ends`);
    last = end;
  }
}

/** How the kernel would have gone on with an interrupted system call. @throws StasisError of kind `image` */
export function checkInterrupted(tid: number, errno: number | undefined): void {
  if (!INTERRUPTED.includes(errno ?? 0))
    throw wrong(imageName('CORE', tid), `${errno} is no errno of an interrupted system call`);
}

function text(start: U64, end: U64): string {
  return `mapping ${start.toString(16)}-${end.toString(16)}`;
}

function aligned(address: U64): boolean {
  return typeof address === 'number' ? address % PAGE_SIZE === 0 : big(address) % BigInt(PAGE_SIZE) === 0n;
}
