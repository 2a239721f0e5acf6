// SPDX-License-Identifier: LGPL-2.1-only
import type { Input } from './codec.js';
import { encodeCore } from './core.js';
import { CoreEntryMarch } from './generated/enums.js';
import type { TaskCoreEntry, ThreadCoreEntry } from './generated/messages.js';
import type { Codec } from './wire/codec.js';

type Draft<T> = { -readonly [K in keyof Input<T>]?: Input<T>[K] };

/** `core-TID.img` while it grows: each subsystem puts in what it knows. */
export class CoreDraft {
  /** thread_info_x86 or thread_info_aarch64, encoded. */
  registers: Uint8Array | undefined;
  /** What the threads of a process share: of leaders and zombies. */
  readonly tc: Draft<TaskCoreEntry> = {};
  /** Of every thread, but not of zombies. */
  readonly thread: Draft<ThreadCoreEntry> = {};

  /** @throws TypeError when a field is missing that readers require */
  encode(machine: string, by: Codec): Uint8Array {
    const arm = machine === 'aarch64';
    const core = {
      mtype: arm ? CoreEntryMarch.AARCH64 : CoreEntryMarch.X86_64,
      tc: filled(this.tc) as Input<TaskCoreEntry> | undefined,
      thread_core: filled(this.thread) as Input<ThreadCoreEntry> | undefined,
      thread_info: arm ? undefined : this.registers,
      ti_aarch64: arm ? this.registers : undefined,
    };
    return encodeCore(core, by);
  }
}

function filled<T extends object>(draft: T): T | undefined {
  return Object.keys(draft).length > 0 ? draft : undefined;
}
