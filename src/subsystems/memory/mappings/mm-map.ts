// SPDX-License-Identifier: GPL-2.0-only
import type { MmEntry } from '../../../images/generated/messages.js';
import { PR_SET_MM, PR_SET_MM_MAP } from '../../../linux/prctl.js';
import type { Strand, Why } from '../../../program/index.js';

/** struct prctl_mm_map (linux/prctl.h). */
const SIZE = 104;
const AUXV = 88;
const AUXV_SIZE = 96;
const EXE_FD = 100;

/** Bounds of code, data, heap, stack, arguments and environment; the auxiliary vector; the link /proc/PID/exe. */
export function setMmMap(strand: Strand, mm: MmEntry, exe: number): void {
  const table = new DataView(new ArrayBuffer(SIZE));
  const fields = [
    mm.mm_start_code,
    mm.mm_end_code,
    mm.mm_start_data,
    mm.mm_end_data,
    mm.mm_start_brk,
    mm.mm_brk,
    mm.mm_start_stack,
    mm.mm_arg_start,
    mm.mm_arg_end,
    mm.mm_env_start,
    mm.mm_env_end,
  ];
  fields.forEach((value, i) => {
    table.setBigUint64(i * 8, BigInt(value), true);
  });
  const auxv = mm.full_auxv.length > 0 ? mm.full_auxv : mm.mm_saved_auxv;
  table.setUint32(AUXV_SIZE, auxv.length * 8, true);
  table.setUint32(EXE_FD, exe, true);
  const at = strand.bytes(new Uint8Array(table.buffer));
  const why: Why = ({ tid }) => `address space of pid ${tid}: bounds and executable`;
  if (auxv.length > 0) strand.pointer(at.plus(AUXV), strand.words(auxv), why);
  strand.call('prctl', [PR_SET_MM, PR_SET_MM_MAP, at, SIZE, 0], { why });
}
