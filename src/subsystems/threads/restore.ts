// SPDX-License-Identifier: GPL-2.0-only

import { imageName } from '../../images/kinds.js';
import { PR_SET_NAME } from '../../linux/prctl.js';
import { wrong } from '../../model/images.js';
import type { Strand } from '../../program/index.js';
import type { RestoreSubsystem } from '../restore-side.js';

const COMM_SIZE = 16;

/** Threads, and what each registers with the kernel for itself. Registers are set by the host at the very end. */
export const threadsRestore: RestoreSubsystem = {
  name: 'threads',
  load(_images, model) {
    for (const { threads } of model.tasks) {
      for (const { tid, core } of threads) {
        if (core.seccomp_mode) throw wrong(imageName('CORE', tid), 'thread has seccomp filters, which are not supported yet');
      }
    }
  },
  task: {
    threads({ tree, task, strand }) {
      for (const { tid } of task.threads.slice(1)) {
        strand.thread(tree.strands.get(tid) as Strand, { why: `thread ${tid} of pid ${task.pid}: create` });
      }
    },
  },
  thread: {
    thread({ task, thread: { tid, core, clearTidAddress }, strand }) {
      const who = `thread ${tid}`;
      strand.call('prctl', [PR_SET_NAME, strand.bytes(comm(core.raw_comm ?? core.comm ?? task.comm)), 0, 0, 0], {
        why: `name of ${who}`,
      });
      if (core.futex_rla_len)
        strand.call('set_robust_list', [core.futex_rla, core.futex_rla_len], { why: `robust futex list of ${who}` });
      strand.call('set_tid_address', [clearTidAddress], { why: `tid address of ${who}` });
      const rseq = core.rseq_entry;
      if (rseq?.rseq_abi_pointer) {
        strand.call('rseq', [rseq.rseq_abi_pointer, rseq.rseq_abi_size, 0, rseq.signature], {
          why: `restartable sequences of ${who}`,
        });
      }
    },
  },
};

function comm(name: string | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(COMM_SIZE);
  bytes.set((typeof name === 'string' ? new TextEncoder().encode(name) : name).subarray(0, COMM_SIZE - 1));
  return bytes;
}
