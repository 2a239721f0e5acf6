// SPDX-License-Identifier: GPL-2.0-only
import type { ThreadCoreEntry } from '../../../images/generated/messages.js';
import { PR_SET_TIMERSLACK } from '../../../linux/prctl.js';
import { FAIR_POLICIES, IOPRIO_WHO_PROCESS, SCHED_FLAG_RESET_ON_FORK, SCHED_RESET_ON_FORK } from '../../../linux/process.js';
import type { Strand, Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { checkNodes, policyArguments } from './memory-policy.js';

/** struct sched_attr as of 4.x: up to the period. */
const SCHED_ATTR_SIZE = 48;
const PRIO_PROCESS = 0;
const IOPRIO_CLASS_SHIFT = 13;

/** Policy, niceness, priorities, processors, timer slack, memory policy: all of a thread. */
export const schedulingRestore: RestoreSubsystem = {
  name: 'scheduling',
  check({ tasks }, checks) {
    const all = tasks.flatMap(({ threads }) => threads);
    checkNodes(
      checks,
      all.flatMap(({ tid, core: { memory_policy: policy } }) =>
        policy ? [[`memory policy ${policy} of thread ${tid}`, policy] as const] : [],
      ),
    );
  },
  thread: {
    thread({ thread: { core }, strand }) {
      strand.alike(keyOf(core), (any) => schedule(any, core));
    },
  },
};

/** The same for those that are scheduled alike, as nearly all threads are. */
function keyOf(core: ThreadCoreEntry): string {
  const { sched_policy, sched_flags, sched_nice, sched_prio, sched_runtime, sched_deadline, sched_period } = core;
  const { affinity, timer_slack, io_priority, memory_policy } = core;
  const fields = [sched_policy, sched_flags, sched_nice, sched_prio, sched_runtime, sched_deadline, sched_period];
  return `sched ${fields.join()} ${timer_slack} ${io_priority} ${memory_policy ?? ''} ${affinity && String.fromCharCode(...affinity)}`;
}

function schedule(strand: Strand, core: ThreadCoreEntry): void {
  strand.call('sched_setattr', [0, strand.bytes(attributes(core)), 0], { why: of('scheduling') });
  // sched_setattr() heeds it only for the ordinary policies; the others remember it for later.
  const nice = core.sched_nice ?? 0;
  if (nice !== 0 && !FAIR_POLICIES.has((core.sched_policy ?? 0) & ~SCHED_RESET_ON_FORK)) {
    strand.call('setpriority', [PRIO_PROCESS, 0, nice], { why: of('niceness') });
  }
  const { affinity } = core;
  if (affinity) strand.call('sched_setaffinity', [0, affinity.length, strand.bytes(affinity)], { why: of('processors') });
  // Threads start with the slack of whoever made them. 0 would mean the default instead of none; nothing has less than 1.
  if (core.timer_slack) strand.call('prctl', [PR_SET_TIMERSLACK, core.timer_slack, 0, 0, 0], { why: of('timer slack') });
  if (core.memory_policy) setPolicy(strand, core.memory_policy);
  const priority = core.io_priority ?? 0;
  if (priority >>> IOPRIO_CLASS_SHIFT) strand.call('ioprio_set', [IOPRIO_WHO_PROCESS, 0, priority], { why: of('I/O priority') });
}

/** Of what is allocated from here on. Threads start with that of whoever made them, which has not got its own yet. */
function setPolicy(strand: Strand, text: string): void {
  strand.call('set_mempolicy', policyArguments(strand, 'core.img', text), { why: of(`memory policy ${text}`) });
}

function of(what: string): Why {
  return ({ tid }) => `${what} of thread ${tid}`;
}

function attributes(core: ThreadCoreEntry): Uint8Array {
  const attr = new DataView(new ArrayBuffer(SCHED_ATTR_SIZE));
  const policy = core.sched_policy ?? 0;
  const flags = BigInt(core.sched_flags ?? 0) | (policy & SCHED_RESET_ON_FORK ? BigInt(SCHED_FLAG_RESET_ON_FORK) : 0n);
  attr.setUint32(0, SCHED_ATTR_SIZE, true);
  attr.setUint32(4, policy & ~SCHED_RESET_ON_FORK, true);
  attr.setBigUint64(8, flags, true);
  attr.setInt32(16, core.sched_nice ?? 0, true);
  attr.setUint32(20, core.sched_prio ?? 0, true);
  attr.setBigUint64(24, BigInt(core.sched_runtime ?? 0), true);
  attr.setBigUint64(32, BigInt(core.sched_deadline ?? 0), true);
  attr.setBigUint64(40, BigInt(core.sched_period ?? 0), true);
  return new Uint8Array(attr.buffer);
}
