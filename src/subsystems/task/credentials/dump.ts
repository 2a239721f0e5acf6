// SPDX-License-Identifier: GPL-2.0-only
import type { Credentials } from '../../../facts/generated.js';
import type { CredsEntry } from '../../../images/generated/messages.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** Users, groups, capabilities, securebits, no_new_privs, the parent-death signal: all of a thread. */
export const credentialsDump: DumpSubsystem = {
  name: 'credentials',
  translate(facts, images) {
    const entries = new Entries();
    for (const task of facts.living) {
      const inner = facts.inner.get(task.pid);
      const asked = new Map((inner?.threads ?? []).map((thread) => [thread.tid, thread]));
      for (const { tid, credentials } of task.threads) {
        const { thread } = images.core(tid);
        const own = asked.get(tid);
        if (credentials) thread.creds = entries.of(credentials, (tid === task.pid ? inner?.securebits : own?.securebits) ?? 0);
        if (own && own.parentDeathSignal > 0) thread.pdeath_sig = own.parentDeathSignal;
      }
    }
  },
};

/** Equal credentials are one object in the facts, and become one here. */
class Entries {
  private readonly known = new Map<Credentials, CredsEntry>();

  of(credentials: Credentials, securebits: number): CredsEntry {
    let found = this.known.get(credentials);
    if (found?.secbits !== securebits) {
      found = entry(credentials, securebits);
      this.known.set(credentials, found);
    }
    return found;
  }
}

function entry(from: Credentials, securebits: number): CredsEntry {
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups } = from;
  return {
    uid,
    gid,
    euid,
    egid,
    suid,
    sgid,
    fsuid,
    fsgid,
    cap_inh: words(from.capInheritable),
    cap_prm: words(from.capPermitted),
    cap_eff: words(from.capEffective),
    cap_bnd: words(from.capBounding),
    cap_amb: words(from.capAmbient),
    secbits: securebits,
    groups,
    no_new_privs: from.noNewPrivs ? 1 : undefined,
  };
}

/** The low word first. */
function words(set: number | bigint): number[] {
  if (typeof set === 'number') return [set >>> 0, Math.floor(set / 2 ** 32)];
  return [Number(set & 0xffff_ffffn), Number(set >> 32n)];
}
