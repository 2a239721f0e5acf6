// SPDX-License-Identifier: GPL-2.0-only
import type { CredsEntry } from '../../../images/generated/messages.js';
import { CAP_SETGID, CAP_SETPCAP, CAP_SETUID, holds } from '../../../linux/capability.js';
import type { RestoreHost } from '../../../plan/tree.js';

/** Why a restorer cannot give a thread these credentials; nothing where it can. */
export function* lackedFor(creds: CredsEntry, host: RestoreHost): Iterable<string> {
  const { capabilities, boundingSet } = host;
  const lacks = (capability: number): boolean => !holds(capabilities, capability);
  if (changesUser(creds, host) && lacks(CAP_SETUID)) yield `it is of user ${creds.euid}: that needs CAP_SETUID`;
  if (changesGroup(creds, host) && lacks(CAP_SETGID)) yield `it has other groups: that needs CAP_SETGID`;
  if (!lacks(CAP_SETPCAP)) return;
  if (boundingSet.some((cap) => !has(creds.cap_bnd, cap))) yield 'its bounding set is smaller: that needs CAP_SETPCAP';
  if (creds.secbits !== 0) yield 'it has securebits: that needs CAP_SETPCAP';
}

/** Capabilities that a thread has and the restorer has not, by number. */
export function beyond({ cap_prm, cap_inh }: CredsEntry, { capabilities }: RestoreHost): number[] {
  const wanted = Array.from({ length: 64 }, (_, cap) => cap).filter((cap) => has(cap_prm, cap) || has(cap_inh, cap));
  return wanted.filter((cap) => !holds(capabilities, cap));
}

/** setresuid(2) to what one is needs nothing. */
export function changesUser({ uid, euid, suid, fsuid }: CredsEntry, { uids }: RestoreHost): boolean {
  return [uid, euid, suid, fsuid].some((id, i) => id !== uids[i]);
}

export function changesGroup(creds: CredsEntry, host: RestoreHost): boolean {
  const { gid, egid, sgid, fsgid } = creds;
  return [gid, egid, sgid, fsgid].some((id, i) => id !== host.gids[i]) || hasOtherGroups(creds, host);
}

/** setgroups(2) takes CAP_SETGID even where it changes nothing. */
export function hasOtherGroups({ groups }: CredsEntry, host: RestoreHost): boolean {
  const wanted = groups.toSorted((a, b) => a - b);
  return wanted.length !== host.groups.length || wanted.some((group, i) => group !== host.groups[i]);
}

/** A set is two words, the low one first, as images and capset() have them. */
export function has(set: readonly number[], cap: number): boolean {
  return (((set[cap >>> 5] ?? 0) >>> (cap & 31)) & 1) === 1;
}
