// SPDX-License-Identifier: LGPL-2.1-only
import type { Input } from './codec.js';
import { decodeRecords, encodeRecords, only } from './file.js';
import type { CoreEntry } from './generated/messages.js';
import { SCHEMA } from './generated/schema.js';
import { KINDS } from './kinds.js';
import { type Codec, codec } from './wire/codec.js';

/** core_entry with the registers left encoded, as the native side makes and takes them: nine tenths of the values of a core image. */
export type SealedCore = Omit<CoreEntry, 'thread_info' | 'ti_aarch64'> & {
  /** An encoded thread_info_x86: `decodeMessage('thread_info_x86', …)` opens it. */
  readonly thread_info?: Uint8Array | undefined;
  /** An encoded thread_info_aarch64. */
  readonly ti_aarch64?: Uint8Array | undefined;
};

const SEALED = { ...SCHEMA, core_entry: SCHEMA.core_entry.replace(/m(:thread_info|:ti_aarch64):\w+/g, 'y$1') };
const CODEC = codec(SEALED);

/** What is alike in most tasks of a tree, and in all threads of a task. */
const ALIKE_CORES = [
  'task_core_entry',
  'task_timers_entry',
  'task_rlimits_entry',
  'sa_entry',
  'creds_entry',
  'signal_queue_entry',
];
/** Of processes that were forked. Single mappings are not among them: within a process no two are equal. */
const ALIKE = ['mm_entry', 'fs_entry'];

/** The bytes of `core-TID.img`. @throws TypeError */
export function encodeCore(core: Input<SealedCore>, by: Codec = CODEC): Buffer {
  return encodeRecords(KINDS.CORE, [{ type: 'core_entry', message: core }], by);
}

/** The one entry of `core-TID.img`; registers are views of `bytes` and not looked at. @throws ImageError naming `name` */
export function decodeCore(name: string, bytes: Uint8Array, by: Codec = CODEC): SealedCore {
  return only(name, decodeRecords(name, bytes, KINDS.CORE, by).records).message as SealedCore;
}

/** For many of them: equal parts are one object, and one object is encoded once, so nobody may change it. */
export function sharingCore(): Codec {
  return codec(SEALED, ALIKE_CORES);
}

/** The same for all other images. */
export function sharing(): Codec {
  return codec(SCHEMA, ALIKE);
}
