// SPDX-License-Identifier: GPL-2.0-only

import type { CoreDraft } from '../../dump/core-draft.js';
import type { Thread } from '../../facts/generated.js';
import { withClearTidAddress } from '../../model/core-image.js';
import type { DumpSubsystem } from '../dump-side.js';

/** What each thread has for itself beside signals, credentials and scheduling: registers, name, user-space registrations. */
export const threadsDump: DumpSubsystem = {
  name: 'threads',
  translate(facts, images) {
    for (const task of facts.living) {
      const asked = new Map((facts.inner.get(task.pid)?.threads ?? []).map((thread) => [thread.tid, thread]));
      for (const thread of task.threads) describe(images.core(thread.tid), thread, asked.get(thread.tid)?.clearChildTid ?? 0);
    }
  },
};

function describe(draft: CoreDraft, from: Thread, clearChildTid: number): void {
  draft.registers = clearChildTid ? withClearTidAddress(from.threadInfo, clearChildTid) : from.threadInfo;
  const { thread } = draft;
  thread.comm = from.comm;
  thread.futex_rla = from.robustList;
  thread.futex_rla_len = from.robustListLen;
  thread.seccomp_mode = from.seccompMode || undefined;
  thread.rseq_entry = { rseq_abi_pointer: from.rseqAddress, rseq_abi_size: from.rseqSize, signature: from.rseqSignature };
  thread.cg_set = 1;
}
