// SPDX-License-Identifier: GPL-2.0-only
import type { Task } from '../../../facts/generated.js';
import type { MmEntry } from '../../../images/generated/messages.js';
import { fromBig, type U64 } from '../../../images/wire/u64.js';

type Layout = Pick<
  MmEntry,
  | 'mm_start_code'
  | 'mm_end_code'
  | 'mm_start_data'
  | 'mm_end_data'
  | 'mm_start_stack'
  | 'mm_start_brk'
  | 'mm_brk'
  | 'mm_arg_start'
  | 'mm_arg_end'
  | 'mm_env_start'
  | 'mm_env_end'
  | 'mm_saved_auxv'
  | 'full_auxv'
>;

/** Fields of the address space that prctl(PR_SET_MM_MAP) takes. */
export function layoutOf(task: Task, brk: U64, known: Map<string, SavedAuxv>): Layout {
  const at = task.layout;
  return {
    mm_start_code: at?.startCode ?? 0,
    mm_end_code: at?.endCode ?? 0,
    mm_start_data: at?.startData ?? 0,
    mm_end_data: at?.endData ?? 0,
    mm_start_stack: at?.startStack ?? 0,
    mm_start_brk: at?.startBrk ?? 0,
    mm_brk: brk,
    mm_arg_start: at?.argStart ?? 0,
    mm_arg_end: at?.argEnd ?? 0,
    mm_env_start: at?.envStart ?? 0,
    mm_env_end: at?.envEnd ?? 0,
    ...auxvOf(task, known),
  };
}

/** CRIU refuses longer vectors than this (AT_VECTOR_SIZE of its own), kernels since 6.3 have them. */
const CRIU_AUXV_WORDS = 44;

export type SavedAuxv = Pick<MmEntry, 'mm_saved_auxv' | 'full_auxv'>;

/** Equal ones, such as of processes that were forked, are one object: they are encoded once. */
function auxvOf({ auxv: bytes }: Task, known: Map<string, SavedAuxv>): SavedAuxv {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const found = known.get(key) ?? savedAuxv(auxv(bytes));
  known.set(key, found);
  return found;
}

function savedAuxv(words: U64[]): SavedAuxv {
  if (words.length <= CRIU_AUXV_WORDS) return { mm_saved_auxv: words, full_auxv: [] };
  return { mm_saved_auxv: [...words.slice(0, CRIU_AUXV_WORDS - 2), 0, 0], full_auxv: words };
}

/** /proc/PID/auxv: pairs of words. */
function auxv(bytes: Uint8Array): U64[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >>> 3 }, (_, i) => fromBig(view.getBigUint64(i * 8, true)));
}
