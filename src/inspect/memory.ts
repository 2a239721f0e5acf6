// SPDX-License-Identifier: GPL-2.0-only

import { type Task, type Vma, VmaKind } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';
import type { MemoryKind, MemoryOfKind, MemorySize, MemorySummary } from './types.js';

const KINDS = new Map<VmaKind, MemoryKind>([
  [VmaKind.HEAP, 'heap'],
  [VmaKind.STACK, 'stack'],
  [VmaKind.VDSO, 'kernel'],
  [VmaKind.VVAR, 'kernel'],
  [VmaKind.VSYSCALL, 'kernel'],
  [VmaKind.SYSV, 'System V'],
  [VmaKind.DEVICE, 'device'],
]);

/** The address space of a task, in all and by kind of mapping. */
export function memoryOf(facts: Facts, task: Task): MemorySummary {
  const kinds = new Map<MemoryKind, MemoryOfKind>();
  for (const vma of task.vmas) {
    const kind = kindOf(facts, vma);
    const { start, end, resident: residentBytes, privateBytes } = vma;
    const size = { mappings: 1, sizeBytes: end - start, residentBytes, privateBytes };
    kinds.set(kind, { kind, ...sum([size, ...(kinds.has(kind) ? [kinds.get(kind) as MemorySize] : [])]) });
  }
  return { ...sum([...kinds.values()]), kinds: [...kinds.values()] };
}

export function sum(sizes: readonly MemorySize[]): MemorySize {
  const total = (field: keyof MemorySize): number => sizes.reduce((so, size) => so + size[field], 0);
  return {
    mappings: total('mappings'),
    sizeBytes: total('sizeBytes'),
    residentBytes: total('residentBytes'),
    privateBytes: total('privateBytes'),
  };
}

function kindOf(facts: Facts, { kind, prot, shared, memoryObject }: Vma): MemoryKind {
  switch (kind) {
    case VmaKind.ANON:
      return prot === 0 ? 'reserved' : 'anonymous';
    case VmaKind.FILE:
      return shared ? 'shared file' : 'private file';
    case VmaKind.SHMEM:
      return facts.memoryObject(memoryObject)?.memfd ? 'memfd' : 'shared anonymous';
    default:
      return KINDS.get(kind) ?? 'other';
  }
}
