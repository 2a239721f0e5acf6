// SPDX-License-Identifier: GPL-2.0-only

import { imageName } from '../../../images/kinds.js';
import { PR_SET_NAME } from '../../../linux/prctl.js';
import { wrong } from '../../../model/images.js';
import type { Strand, Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';

const NAME = of('name');
const ROBUST_LIST = of('robust futex list');
const TID_ADDRESS = of('tid address');
const RSEQ = of('restartable sequences');

/** Threads, and what each registers with the kernel for itself. Registers are set by the host at the very end. */
export const threadsRestore: RestoreSubsystem = {
  name: 'threads',
  load(model) {
    for (const { threads } of model.tasks) {
      for (const { tid, core } of threads) {
        if (core.seccomp_mode) throw wrong(imageName('CORE', tid), 'thread has seccomp filters, which are not supported yet');
      }
    }
  },
  task: {
    threads({ tree, task, strand }) {
      for (const { tid } of task.threads.slice(1)) {
        strand.thread(tree.strands.get(tid) as Strand, { why: (self) => `thread ${tid} of pid ${self.tid}: create` });
      }
    },
  },
  thread: {
    thread({ task, thread: { core, clearTidAddress }, strand }) {
      strand.call('prctl', [PR_SET_NAME, strand.path(core.raw_comm ?? core.comm ?? task.comm), 0, 0, 0], { why: NAME });
      if (core.futex_rla_len) strand.call('set_robust_list', [core.futex_rla, core.futex_rla_len], { why: ROBUST_LIST });
      strand.call('set_tid_address', [clearTidAddress], { why: TID_ADDRESS });
      const rseq = core.rseq_entry;
      if (rseq?.rseq_abi_pointer) {
        strand.call('rseq', [rseq.rseq_abi_pointer, rseq.rseq_abi_size, 0, rseq.signature], { why: RSEQ });
      }
    },
  },
};

function of(what: string): Why {
  return ({ tid }) => `${what} of thread ${tid}`;
}
