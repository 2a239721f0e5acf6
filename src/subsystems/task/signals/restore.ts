// SPDX-License-Identifier: GPL-2.0-only
import type { SaEntry, SiginfoEntry, SignalQueueEntry, ThreadSasEntry } from '../../../images/generated/messages.js';
import { SIG_IGN, SIGCHLD, SIGSET_SIZE, SS_DISABLE, SS_ONSTACK } from '../../../linux/process.js';
import { CATCHABLE } from '../../../linux/sigset.js';
import type { Task } from '../../../model/types.js';
import type { Argument, Strand, Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { withoutTimers } from '../../time/timers/posix.js';

/** Signals that a program cannot hold back, so that they are never seen pending in a task that goes on. */
const UNQUEUED = new Set([9, 19]);

/** Actions, pending signals, alternate stacks. Masks are set by the host at the very end; all is blocked until then. */
export const signalsRestore: RestoreSubsystem = {
  name: 'signals',
  task: {
    /** Before other threads exist: setting an action may drop signals that are pending in any of them. */
    seal({ task: { tc }, strand }) {
      strand.alike(tc.sigactions, (any) => setActions(any, tc.sigactions));
    },
    process({ task, strand }) {
      for (const info of own(task.tc.signals_s, task)) queue(strand, 'rt_sigqueueinfo', [task.pid], info, `pid ${task.pid}`);
    },
  },
  thread: {
    thread({ task, thread, strand }) {
      for (const info of own(thread.core.signals_p, task)) {
        queue(strand, 'rt_tgsigqueueinfo', [task.pid, thread.tid], info, `thread ${thread.tid} of pid ${task.pid}`);
      }
      if (thread.core.sas) setAltStack(strand, thread.core.sas, thread.tid);
    },
  },
};

/** All but those that timers send. */
function own(queue: SignalQueueEntry | undefined, { tc }: Task): readonly SiginfoEntry[] {
  return withoutTimers(queue?.signals ?? [], tc.timers?.posix ?? []);
}

function setActions(strand: Strand, actions: readonly SaEntry[]): void {
  // Children that ended while the tree was made have left SIGCHLD behind: ignoring a signal forgets it.
  const ignored = { sigaction: SIG_IGN, flags: 0, restorer: 0, mask: 0 };
  setAction(strand, SIGCHLD, ignored, ({ tid }) => `signal ${SIGCHLD} of pid ${tid}: forget what came so far`);
  for (const [i, action] of actions.entries()) {
    const signal = CATCHABLE[i];
    if (signal === undefined || (isDefault(action) && signal !== SIGCHLD)) continue;
    setAction(strand, signal, action, ({ tid }) => `action of signal ${signal} of pid ${tid}`);
  }
}

function isDefault({ sigaction, flags, restorer, mask }: SaEntry): boolean {
  return sigaction === 0 && flags === 0 && restorer === 0 && mask === 0;
}

function setAction(strand: Strand, signal: number, { sigaction, flags, restorer, mask }: SaEntry, why: Why): void {
  strand.call('rt_sigaction', [signal, strand.words([sigaction, flags, restorer, mask]), 0, SIGSET_SIZE], { why });
}

/** Anyone may send himself any siginfo, those of the kernel included (rt_sigqueueinfo(2)). */
function queue(
  strand: Strand,
  call: 'rt_sigqueueinfo' | 'rt_tgsigqueueinfo',
  to: Argument[],
  { siginfo }: SiginfoEntry,
  who: string,
): void {
  const signal = new DataView(siginfo.buffer, siginfo.byteOffset, siginfo.byteLength).getInt32(0, true);
  if (UNQUEUED.has(signal)) return;
  strand.call(call, [...to, signal, strand.bytes(siginfo)], { why: `pending signal ${signal} of ${who}` });
}

/** stack_t: pointer, flags, size. */
function setAltStack(strand: Strand, { ss_sp, ss_size, ss_flags }: ThreadSasEntry, tid: number): void {
  if (ss_flags & SS_DISABLE) return;
  // SS_ONSTACK says where the stack pointer was; it is a consequence, not a setting.
  strand.call('sigaltstack', [strand.words([ss_sp, ss_flags & ~SS_ONSTACK, ss_size]), 0], {
    why: `alternate stack of thread ${tid}`,
  });
}
