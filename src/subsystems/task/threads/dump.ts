// SPDX-License-Identifier: GPL-2.0-only

import type { Thread } from '../../../facts/generated.js';
import type { CoreDraft } from '../../../images/core-draft.js';
import { num } from '../../../images/wire/u64.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** What each thread has for itself beside signals, credentials and scheduling: registers, name, user-space registrations. */
export const threadsDump: DumpSubsystem = {
  name: 'threads',
  translate(facts, images) {
    for (const task of facts.living) {
      for (const thread of task.threads) describe(images.core(thread.tid), thread);
    }
  },
};

function describe(draft: CoreDraft, from: Thread): void {
  draft.registers = from.threadInfo;
  const { thread } = draft;
  thread.comm = from.comm;
  if (from.rawComm.length > 0) thread.raw_comm = from.rawComm;
  thread.futex_rla = from.robustList;
  thread.futex_rla_len = num(from.robustListLen);
  thread.seccomp_mode = from.seccompMode || undefined;
  thread.rseq_entry = { rseq_abi_pointer: from.rseqAddress, rseq_abi_size: from.rseqSize, signature: from.rseqSignature };
  thread.cg_set = 1;
  thread.interrupted = from.interrupted || undefined;
}
