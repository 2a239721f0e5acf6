// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import type { ThreadCoreEntry } from '../../../images/generated/messages.js';
import { PR_SET_TIMERSLACK } from '../../../linux/prctl.js';
import { FAIR_POLICIES, IOPRIO_WHO_PROCESS, SCHED_FLAG_RESET_ON_FORK, SCHED_RESET_ON_FORK } from '../../../linux/process.js';
import { wrong } from '../../../model/images.js';
import type { Strand, Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { type MemoryPolicy, nodeMask, parseNodes, parsePolicy } from './memory-policy.js';

/** struct sched_attr as of 4.x: up to the period. */
const SCHED_ATTR_SIZE = 48;
const PRIO_PROCESS = 0;
const IOPRIO_CLASS_SHIFT = 13;

/** Policy, niceness, priorities, processors, timer slack, memory policy: all of a thread. */
export const schedulingRestore: RestoreSubsystem = {
  name: 'scheduling',
  check({ tasks }, checks) {
    let here: ReadonlySet<number> | undefined;
    for (const { threads } of tasks)
      for (const { tid, core } of threads) {
        if (!core.memory_policy) continue;
        here ??= nodesHere();
        const lost = policyOf(core.memory_policy).nodes.find((node) => !here?.has(node));
        if (lost === undefined) continue;
        const object = `memory policy ${core.memory_policy} of thread ${tid}`;
        checks.problem({ operation: 'restore', object, cause: `this machine has no memory on node ${lost}` });
      }
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
  const { mode, nodes } = policyOf(text);
  const { words, bits } = nodeMask(nodes);
  const mask = nodes.length > 0 ? [strand.words(words), bits] : [0, 0];
  strand.call('set_mempolicy', [mode, ...mask], { why: of(`memory policy ${text}`) });
}

function policyOf(text: string): MemoryPolicy {
  const policy = parsePolicy(text);
  if (!policy) throw wrong('core.img', `${JSON.stringify(text)} is no memory policy`);
  return policy;
}

/** Those with memory. */
function nodesHere(): ReadonlySet<number> {
  try {
    return new Set(parseNodes(readFileSync('/sys/devices/system/node/has_memory', 'latin1').trim()));
  } catch {
    return new Set();
  }
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
