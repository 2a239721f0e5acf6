// SPDX-License-Identifier: GPL-2.0-only

import type { Host } from '../../../facts/generated.js';
import type { MmEntry, VmaEntry } from '../../../images/generated/messages.js';
import { pages } from '../../../images/wire/u64.js';
import { MREMAP_FIXED, MREMAP_MAYMOVE, PAGE_SIZE } from '../../../linux/mman.js';
import { exactly, global, type Strand, type Why } from '../../../program/index.js';
import { isVdso, isVvar } from './vma.js';

export interface VdsoSizes {
  /** [vvar], and [vvar_vclock] behind it where there is one. Bytes. */
  readonly data: number;
  readonly vclock: number;
  readonly code: number;
}

/** Sizes of what the running kernel maps into each process. */
export function vdsoSizes(host: Host): VdsoSizes {
  const size = (name: string): number => {
    const range = host.vdso.find((one) => one.name.replace(/[[\]]/g, '') === name);
    return range ? range.end - range.start : 0;
  };
  return { data: size('vvar'), vclock: size('vvar_vclock'), code: size('vdso') };
}

/** Bytes of the hole that {@link parkVdso} uses. */
export function parkingSize({ data, vclock, code }: VdsoSizes): number {
  return data + vclock + code;
}

/**
 * Moves the kernel's mappings into the hole, so that all the rest can be unmapped in two calls. Code and data refer to
 * each other by distance, and stay at the same one.
 */
export function parkVdso(strand: Strand, sizes: VdsoSizes): void {
  const why: Why = ({ tid }) => `vdso of pid ${tid}: into the hole`;
  const pages = (bytes: number): number => bytes / PAGE_SIZE;
  const move = (from: ReturnType<typeof global>, size: number, offset: number): void => {
    if (size > 0)
      strand.call('mremap', [from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, global('PARKING', pages(offset))], { why });
  };
  move(global('VVAR'), sizes.data, 0);
  move(global('VVAR_VCLOCK'), sizes.vclock, sizes.data);
  move(global('VDSO'), sizes.code, sizes.data + sizes.vclock);
}

/** From the hole to where the task had them. */
export function placeVdso(strand: Strand, sizes: VdsoSizes, vmas: readonly VmaEntry[]): void {
  const code = vmas.find(isVdso);
  if (!code) return;
  const data = vmas.find(isVvar);
  const why: Why = ({ tid }) => `vdso of pid ${tid}: to its place`;
  const move = (offset: number, size: number, to: number): void => {
    if (size === 0) return;
    const from = global('PARKING', offset / PAGE_SIZE);
    strand.call('mremap', [from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to], { why, expect: exactly(to) });
  };
  if (data) {
    move(0, sizes.data, pages(data.start));
    move(sizes.data, sizes.vclock, pages(data.start) + sizes.data);
  }
  move(sizes.data + sizes.vclock, sizes.code, pages(code.start));
}

/** Why this kernel's vdso cannot stand in for the one the task had; undefined if it can. */
export function vdsoMismatch(sizes: VdsoSizes, mm: MmEntry): string | undefined {
  const code = mm.vmas.find(isVdso);
  if (!code) return undefined;
  const size = pages(code.end) - pages(code.start);
  if (size !== sizes.code) return `its vdso has ${size} bytes, this kernel's has ${sizes.code}`;
  const data = mm.vmas.find(isVvar);
  const dataSize = data ? pages(data.end) - pages(data.start) : 0;
  return dataSize === sizes.data + sizes.vclock
    ? undefined
    : `its vvar has ${dataSize} bytes, this kernel's has ${sizes.data + sizes.vclock}`;
}
