// SPDX-License-Identifier: GPL-2.0-only
import type { CredsEntry } from '../../../images/generated/messages.js';
import { CAP_SETPCAP, capabilityName, holds } from '../../../linux/capability.js';
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_SECUREBITS,
} from '../../../linux/prctl.js';
import type { RestoreHost, TreePlan } from '../../../plan/tree.js';
import type { Strand, Why } from '../../../program/index.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { changesGroup, changesUser, has, hasOtherGroups } from './needs.js';

/** Capabilities do not follow from user ids, and are kept when those change (capabilities(7)). */
const SECBIT_NO_SETUID_FIXUP = 4;
const SECBIT_KEEP_CAPS = 16;
const CAPABILITY_VERSION_3 = 0x2008_0522;

/** Users, groups, capabilities. Each thread has its own. */
export const credentialsRestore: RestoreSubsystem = {
  name: 'credentials',
  task: {
    /** Changing user ids resets it, so it comes after all threads have done that. */
    joined({ tree, task, strand }) {
      if (task === tree.model.root) warnOfBounds(tree);
      const { dumpable } = task.alive.mm;
      // 2 (suid_dumpable) cannot be set; the kernel gives it by itself where it applies.
      if (dumpable === 0 || dumpable === 1)
        strand.call('prctl', [PR_SET_DUMPABLE, dumpable, 0, 0, 0], { why: `pid ${task.pid}: dumpable` });
    },
  },
  thread: {
    credentials({ tree, thread, strand }) {
      const { creds } = thread.core;
      if (creds) strand.alike(creds, (any) => setCredentials(any, creds, tree.host));
    },
    last({ thread, strand }) {
      const signal = thread.core.pdeath_sig ?? 0;
      if (signal > 0)
        strand.call('prctl', [PR_SET_PDEATHSIG, signal, 0, 0, 0], { why: `parent-death signal of thread ${thread.tid}` });
    },
  },
};

/** What the restorer's bounding set lacks nobody in the tree can get any more (capabilities(7)). */
function warnOfBounds(plan: TreePlan): void {
  const { model, host } = plan;
  const lost = new Set<number>();
  // Most threads share theirs.
  const credentials = new Set(model.tasks.flatMap(({ threads }) => threads.map(({ core }) => core.creds)));
  for (const creds of credentials) for (let cap = 0; cap < 64; cap++) if (creds && has(creds.cap_bnd, cap)) lost.add(cap);
  for (const cap of host.boundingSet) lost.delete(cap);
  if (lost.size > 0) plan.warn(`bounding sets are without ${[...lost].map(capabilityName).join(', ')}: ours has not got them`);
}

/**
 * The order is what makes each step still permitted: ids while nothing depends on them, ambient capabilities while all
 * permitted ones are there, the bounding set and securebits while there is CAP_SETPCAP, the final sets last.
 */
function setCredentials(strand: Strand, creds: CredsEntry, host: RestoreHost): void {
  const pcap = holds(host.capabilities, CAP_SETPCAP);
  // Whoever is that user anyway needs no privilege for it.
  const changes = pcap || changesUser(creds, host) || changesGroup(creds, host);
  if (pcap)
    strand.call('prctl', [PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0], {
      why: step('keep capabilities'),
    });
  else if (changes) strand.call('prctl', [PR_SET_KEEPCAPS, 1, 0, 0, 0], { why: step('keep capabilities') });
  if (changes) setIds(strand, creds, host);
  // They are permitted still, but another user's effective ones have been cleared.
  if (changes && !pcap) {
    const own = [Number(host.capabilities & 0xffff_ffffn), Number(host.capabilities >> 32n)];
    setCapabilities(strand, own, own, [], step('capabilities kept'));
    strand.call('prctl', [PR_SET_KEEPCAPS, 0, 0, 0, 0], { why: step('keep capabilities no longer') });
  }
  if (creds.cap_amb.some((word) => word !== 0)) raiseAmbient(strand, creds, pcap);
  for (const cap of host.boundingSet) {
    if (has(creds.cap_bnd, cap)) continue;
    strand.call('prctl', [PR_CAPBSET_DROP, cap, 0, 0, 0], { why: step(`take capability ${cap} out of the bounding set`) });
  }
  if (pcap || creds.secbits !== 0) strand.call('prctl', [PR_SET_SECUREBITS, creds.secbits, 0, 0, 0], { why: step('securebits') });
  setCapabilities(strand, creds.cap_eff, creds.cap_prm, creds.cap_inh, step('capabilities'));
  if (creds.no_new_privs) strand.call('prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], { why: step('no_new_privs') });
}

function setIds(strand: Strand, creds: CredsEntry, host: RestoreHost): void {
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid } = creds;
  if (hasOtherGroups(creds, host))
    strand.call('setgroups', [creds.groups.length, creds.groups.length > 0 ? strand.ints(creds.groups) : 0], {
      why: step('groups'),
    });
  strand.call('setresgid', [gid, egid, sgid], { why: step(`group ids ${gid} ${egid} ${sgid}`) });
  if (fsgid !== egid) strand.call('setfsgid', [fsgid], { why: step('file system group id') });
  strand.call('setresuid', [uid, euid, suid], { why: step(`user ids ${uid} ${euid} ${suid}`) });
  if (fsuid !== euid) strand.call('setfsuid', [fsuid], { why: step('file system user id') });
}

/** Only what is permitted and inheritable can be ambient; the effective ones that drop the rest come later. */
function raiseAmbient(strand: Strand, { cap_prm, cap_inh, cap_amb }: CredsEntry, pcap: boolean): void {
  const needed = [(cap_prm[0] ?? 0) | (pcap ? 1 << CAP_SETPCAP : 0), cap_prm[1] ?? 0];
  setCapabilities(strand, needed, needed, cap_inh, step('inheritable capabilities'));
  for (let cap = 0; cap < 64; cap++) {
    if (!has(cap_amb, cap)) continue;
    strand.call('prctl', [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0], { why: step(`ambient capability ${cap}`) });
  }
}

/** Capability sets are two words, the low one first, as images and capset() have them. */
type CapabilitySet = readonly number[];

function setCapabilities(
  strand: Strand,
  effective: CapabilitySet,
  permitted: CapabilitySet,
  inheritable: CapabilitySet,
  why: Why,
): void {
  const sets = [0, 1].flatMap((i) => [effective[i] ?? 0, permitted[i] ?? 0, inheritable[i] ?? 0]);
  strand.call('capset', [strand.ints([CAPABILITY_VERSION_3, 0]), strand.ints(sets)], { why });
}

function step(what: string): Why {
  return ({ tid }) => `credentials of thread ${tid}: ${what}`;
}
