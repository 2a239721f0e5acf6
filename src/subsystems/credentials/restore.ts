// SPDX-License-Identifier: GPL-2.0-only
import type { CredsEntry } from '../../images/generated/messages.js';
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_SECUREBITS,
} from '../../linux/prctl.js';
import type { Strand } from '../../program/index.js';
import type { RestoreSubsystem } from '../restore-side.js';

/** Capabilities do not follow from user ids, and are kept when those change (capabilities(7)). */
const SECBIT_NO_SETUID_FIXUP = 4;
const SECBIT_KEEP_CAPS = 16;
const CAPABILITY_VERSION_3 = 0x2008_0522;

/** Users, groups, capabilities. Each thread has its own. */
export const credentialsRestore: RestoreSubsystem = {
  name: 'credentials',
  task: {
    /** Changing user ids resets it, so it comes after all threads have done that. */
    settled({ task, strand }) {
      const { dumpable } = task.alive.mm;
      // 2 (suid_dumpable) cannot be set; the kernel gives it by itself where it applies.
      if (dumpable === 0 || dumpable === 1) strand.call('prctl', [PR_SET_DUMPABLE, dumpable, 0, 0, 0], { why: `pid ${task.pid}: dumpable` });
    },
  },
  thread: {
    credentials({ tree, thread, strand }) {
      if (thread.core.creds) setCredentials(strand, thread.core.creds, tree.host.boundingSet, `thread ${thread.tid}`);
    },
    last({ thread, strand }) {
      const signal = thread.core.pdeath_sig ?? 0;
      if (signal > 0) strand.call('prctl', [PR_SET_PDEATHSIG, signal, 0, 0, 0], { why: `parent-death signal of thread ${thread.tid}` });
    },
  },
};

/**
 * The order is what makes each step still permitted: ids while nothing depends on them, ambient capabilities while all
 * permitted ones are there, the bounding set and securebits while there is CAP_SETPCAP, the final sets last.
 */
function setCredentials(strand: Strand, creds: CredsEntry, bounding: bigint, who: string): void {
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid } = creds;
  const why = `credentials of ${who}`;
  strand.call('prctl', [PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0], { why: `${why}: keep capabilities` });
  strand.call('setgroups', [creds.groups.length, creds.groups.length > 0 ? strand.ints(creds.groups) : 0], { why: `${why}: groups` });
  strand.call('setresgid', [gid, egid, sgid], { why: `${why}: group ids ${gid} ${egid} ${sgid}` });
  if (fsgid !== egid) strand.call('setfsgid', [fsgid], { why: `${why}: file system group id` });
  strand.call('setresuid', [uid, euid, suid], { why: `${why}: user ids ${uid} ${euid} ${suid}` });
  if (fsuid !== euid) strand.call('setfsuid', [fsuid], { why: `${why}: file system user id` });
  const permitted = set(creds.cap_prm);
  const inheritable = set(creds.cap_inh);
  const ambient = set(creds.cap_amb);
  if (ambient !== 0n) raiseAmbient(strand, permitted, inheritable, ambient, why);
  for (const cap of members(bounding & ~set(creds.cap_bnd))) {
    strand.call('prctl', [PR_CAPBSET_DROP, cap, 0, 0, 0], { why: `${why}: take capability ${cap} out of the bounding set` });
  }
  strand.call('prctl', [PR_SET_SECUREBITS, creds.secbits, 0, 0, 0], { why: `${why}: securebits` });
  setCapabilities(strand, set(creds.cap_eff), permitted, inheritable, `${why}: capabilities`);
  if (creds.no_new_privs) strand.call('prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], { why: `${why}: no_new_privs` });
}

/** Only what is permitted and inheritable can be ambient; the effective ones that drop the rest come later. */
function raiseAmbient(strand: Strand, permitted: bigint, inheritable: bigint, ambient: bigint, why: string): void {
  const needed = permitted | SETPCAP;
  setCapabilities(strand, needed, needed, inheritable, `${why}: inheritable capabilities`);
  for (const cap of members(ambient)) {
    strand.call('prctl', [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0], { why: `${why}: ambient capability ${cap}` });
  }
}

const SETPCAP = 1n << 8n;

function setCapabilities(strand: Strand, effective: bigint, permitted: bigint, inheritable: bigint, why: string): void {
  const word = (bits: bigint, index: number): number => Number((bits >> BigInt(32 * index)) & 0xffff_ffffn);
  const sets = [0, 1].flatMap((i) => [word(effective, i), word(permitted, i), word(inheritable, i)]);
  strand.call('capset', [strand.ints([CAPABILITY_VERSION_3, 0]), strand.ints(sets)], { why });
}

function members(capabilities: bigint): number[] {
  if (capabilities === 0n) return [];
  return Array.from({ length: 64 }, (_, cap) => cap).filter((cap) => (capabilities >> BigInt(cap)) & 1n);
}

function set(words: readonly number[]): bigint {
  return BigInt(words[0] ?? 0) | (BigInt(words[1] ?? 0) << 32n);
}
