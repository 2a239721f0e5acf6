// SPDX-License-Identifier: GPL-2.0-only

import { type Vma, VmaKind } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { VmaEntry } from '../../../images/generated/messages.js';
import {
  VMA_ANON_PRIVATE,
  VMA_ANON_SHARED,
  VMA_FILE_PRIVATE,
  VMA_FILE_SHARED,
  VMA_GUARD,
  VMA_HEAP,
  VMA_MEMFD,
  VMA_REGULAR,
  VMA_VDSO,
  VMA_VSYSCALL,
  VMA_VVAR,
} from '../../../images/vma.js';
import type { U64 } from '../../../images/wire/u64.js';
import { O_RDONLY, O_RDWR } from '../../../linux/fcntl.js';
import * as mman from '../../../linux/mman.js';
import * as vm from '../../../linux/vm-flags.js';

/** VmFlags and the madvise(2) advice that sets them. */
const ADVICE: readonly { readonly flag: number; readonly advice: number }[] = [
  { flag: vm.VM_RAND_READ, advice: mman.MADV_RANDOM },
  { flag: vm.VM_SEQ_READ, advice: mman.MADV_SEQUENTIAL },
  { flag: vm.VM_DONT_COPY, advice: mman.MADV_DONTFORK },
  { flag: vm.VM_MERGEABLE, advice: mman.MADV_MERGEABLE },
  { flag: vm.VM_HUGE_PAGE, advice: mman.MADV_HUGEPAGE },
  { flag: vm.VM_NO_HUGE_PAGE, advice: mman.MADV_NOHUGEPAGE },
  { flag: vm.VM_DONT_DUMP, advice: mman.MADV_DONTDUMP },
  { flag: vm.VM_WIPE_ON_FORK, advice: mman.MADV_WIPEONFORK },
];

const ADVISED = ADVICE.reduce((flags, { flag }) => flags | flag, 0);

/** Mappings in the form of mm-PID.img. */
export function vmaEntries(facts: Facts, vmas: readonly Vma[]): VmaEntry[] {
  const entries: VmaEntry[] = [];
  let last: Vma | undefined;
  for (const vma of vmas) {
    // [vvar] and [vvar_vclock] (6.13) are one mapping in images: readers move them as one.
    const before = entries.at(-1);
    if (before && last?.kind === VmaKind.VVAR && vma.kind === VmaKind.VVAR && last.end === vma.start)
      entries[entries.length - 1] = { ...before, end: vma.end };
    else entries.push(entry(facts, vma));
    last = vma;
  }
  return entries;
}

/** A range in which MADV_GUARD_INSTALL put guard pages: not a mapping, it lies in one. */
export function guardEntry(start: number, end: number): VmaEntry {
  return { start, end, pgoff: 0, shmid: 0, prot: 0, flags: 0, status: VMA_GUARD, fd: -1 };
}

function entry(facts: Facts, vma: Vma): VmaEntry {
  const { low, high } = vm.halves(vma.flags);
  const what = backing(facts, vma, low);
  return {
    start: address(vma.start),
    end: address(vma.end),
    pgoff: address(vma.offset),
    shmid: what.shmid ?? 0,
    object_size: what.size !== address(vma.offset + vma.end - vma.start) ? what.size : undefined,
    prot: vma.prot,
    flags: mappingType(what.flags, high) | extraFlags(low),
    status: what.status,
    fd: -1,
    madv: advice(low),
    fdflags: what.fdflags,
    name: vma.name && what.named ? vma.name : undefined,
    // Private memory counts from when it becomes writable, and then for good.
    accounted: !vma.shared && low & vm.VM_ACCOUNT && !(vma.prot & mman.PROT_WRITE) ? true : undefined,
    protection_key: vma.protectionKey > 1 ? vma.protectionKey - 1 : undefined,
    lock_on_fault: high & vm.VM_HIGH_LOCK_ON_FAULT ? true : undefined,
  };
}

interface Backing {
  readonly status: number;
  readonly flags: number;
  readonly shmid?: number;
  readonly fdflags?: number;
  /** Of a shared anonymous object: what was unmapped of it may be asked for again (mremap). */
  readonly size?: U64;
  /** May have a name of its own (PR_SET_VMA_ANON_NAME). */
  readonly named?: boolean;
}

const ANON = mman.MAP_PRIVATE | mman.MAP_ANONYMOUS;

function backing(facts: Facts, vma: Vma, low: number): Backing {
  switch (vma.kind) {
    case VmaKind.HEAP:
      return { status: VMA_REGULAR | VMA_HEAP | VMA_ANON_PRIVATE, flags: ANON, named: true };
    case VmaKind.VDSO:
      return { status: VMA_REGULAR | VMA_VDSO | VMA_ANON_PRIVATE, flags: ANON };
    case VmaKind.VVAR:
      return { status: VMA_REGULAR | VMA_VVAR | VMA_ANON_PRIVATE, flags: ANON };
    case VmaKind.VSYSCALL:
      return { status: VMA_VSYSCALL | VMA_ANON_PRIVATE, flags: ANON };
    case VmaKind.FILE:
    case VmaKind.SHMEM:
      return fileBacking(facts, vma, low);
    default:
      return { status: VMA_REGULAR | VMA_ANON_PRIVATE, flags: ANON, named: true };
  }
}

function fileBacking(facts: Facts, vma: Vma, low: number): Backing {
  const flags = vma.shared ? mman.MAP_SHARED : mman.MAP_PRIVATE;
  // A shared mapping of a file that was opened for reading may never be written; a private one may.
  const fdflags = vma.shared && low & vm.VM_MAY_WRITE ? O_RDWR : O_RDONLY;
  const object = vma.memoryObject > 0 ? facts.memoryObject(vma.memoryObject) : undefined;
  if (object && !object.memfd) {
    return {
      status: VMA_REGULAR | VMA_ANON_SHARED,
      flags: flags | mman.MAP_ANONYMOUS,
      shmid: object.id,
      size: object.size,
      named: true,
    };
  }
  const status = VMA_REGULAR | (vma.shared ? VMA_FILE_SHARED : VMA_FILE_PRIVATE);
  if (object) return { status: status | VMA_MEMFD, flags, fdflags, shmid: facts.files.memfdMapping(object.id) };
  if (!vma.file) throw new Error(`mapping ${vma.start.toString(16)} is of a file that is not known`);
  return { status, flags, fdflags, shmid: facts.files.special(vma.file) };
}

/** MAP_DROPPABLE (6.11) is a type of its own beside MAP_PRIVATE and MAP_SHARED. */
function mappingType(flags: number, high: number): number {
  return high & vm.VM_HIGH_DROPPABLE ? (flags & ~mman.MAP_PRIVATE) | mman.MAP_DROPPABLE : flags;
}

function extraFlags(low: number): number {
  let flags = 0;
  if (low & vm.VM_GROWS_DOWN) flags |= mman.MAP_GROWSDOWN;
  if (low & vm.VM_LOCKED) flags |= mman.MAP_LOCKED;
  if (low & vm.VM_NO_RESERVE) flags |= mman.MAP_NORESERVE;
  return flags;
}

function advice(low: number): number | undefined {
  if ((low & ADVISED) === 0) return undefined;
  return ADVICE.reduce((bits, { flag, advice }) => (low & flag ? bits | (1 << advice) : bits), 0);
}

/** Images hold whole 64-bit numbers: [vsyscall], or a page far into a file, lies beyond what a `number` counts. */
function address(value: number): U64 {
  return value <= Number.MAX_SAFE_INTEGER ? value : BigInt(value);
}
