// SPDX-License-Identifier: GPL-2.0-only
import type { Inner } from '../../../facts/generated.js';
import type { SaEntry, SignalQueueEntry } from '../../../images/generated/messages.js';
import { fromBig } from '../../../images/wire/u64.js';
import { SIGINFO_SIZE, SS_DISABLE } from '../../../linux/process.js';
import { CATCHABLE } from '../../../linux/sigset.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** struct sigaction of the kernel: handler, flags, restorer, mask. */
const SIGACTION_SIZE = 32;
const NOTHING: SignalQueueEntry = { signals: [] };

/** Actions, masks, pending signals, alternate stacks. */
export const signalsDump: DumpSubsystem = {
  name: 'signals',
  translate(facts, images) {
    const known = new Map<string, SaEntry[]>();
    for (const task of facts.living) {
      const { tc } = images.core(task.pid);
      const inner = facts.inner.get(task.pid);
      tc.signals_s = queue(inner?.sharedPending);
      if (inner) tc.sigactions = actions(inner, known);
      for (const [i, thread] of task.threads.entries()) {
        const draft = images.core(thread.tid);
        draft.thread.signals_p = queue(thread.pending);
        if (i === 0) tc.blk_sigset = thread.blocked;
        else draft.thread.blk_sigset = thread.blocked;
      }
      for (const { tid, altstack } of inner?.threads ?? []) images.core(tid).thread.sas = altStack(altstack);
    }
  },
};

function queue(infos: Uint8Array | undefined): SignalQueueEntry {
  if (!infos || infos.length === 0) return NOTHING;
  const signals = Array.from({ length: infos.length / SIGINFO_SIZE }, (_, i) => ({
    siginfo: infos.subarray(i * SIGINFO_SIZE, (i + 1) * SIGINFO_SIZE),
  }));
  return { signals };
}

/** Equal ones, such as of processes that were forked, are one list: it is encoded once. */
function actions({ sigactions }: Inner, known: Map<string, SaEntry[]>): SaEntry[] {
  const key = Buffer.from(sigactions.buffer, sigactions.byteOffset, sigactions.byteLength).toString('latin1');
  const found = known.get(key) ?? decode(sigactions);
  known.set(key, found);
  return found;
}

function decode(sigactions: Uint8Array): SaEntry[] {
  const view = new DataView(sigactions.buffer, sigactions.byteOffset, sigactions.byteLength);
  const word = (signal: number, index: number) => fromBig(view.getBigUint64((signal - 1) * SIGACTION_SIZE + index * 8, true));
  return CATCHABLE.map((signal) => ({
    sigaction: word(signal, 0),
    flags: word(signal, 1),
    restorer: word(signal, 2),
    mask: word(signal, 3),
    compat_sigaction: false,
  }));
}

/** stack_t: pointer, flags, size. */
function altStack(bytes: Uint8Array): { ss_sp: number | bigint; ss_size: number | bigint; ss_flags: number } {
  if (bytes.length < 24) return { ss_sp: 0, ss_size: 0, ss_flags: SS_DISABLE };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    ss_sp: fromBig(view.getBigUint64(0, true)),
    ss_size: fromBig(view.getBigUint64(16, true)),
    ss_flags: view.getUint32(8, true),
  };
}
