// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import {
  CAP_CHOWN,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_MKNOD,
  CAP_SYS_ADMIN,
  CAP_SYS_CHROOT,
  CAP_SYS_RESOURCE,
  holds,
} from '../linux/capability.js';
import { F_SETPIPE_SZ, S_IFBLK, S_IFCHR, S_IFMT } from '../linux/fcntl.js';
import type { RestoreHost } from '../plan/tree.js';
import { type Arena, type PlannedCall, plannedCalls } from '../program/index.js';

const S_ISGID = 0o2000;
const KEPT = 0xffff_ffff;

/** What a call of the plan takes a capability for. */
export interface Demand {
  readonly capability: number;
  readonly object: string;
  readonly cause: string;
}

/** Whatever kind it is of: who makes a file that is another's, a device or a root directory, may not be allowed to. */
export function* demands(arena: Arena, host: RestoreHost): Generator<Demand> {
  const lacks = (capability: number): boolean => !holds(host.capabilities, capability);
  if (![CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_RESOURCE].some(lacks)) return;
  const owners = new Owners(host);
  for (const call of plannedCalls(arena, [...OWNING, 'mknodat', 'chroot', 'fsmount', 'open_tree', 'fcntl'])) {
    if (call.optional) continue;
    for (const [capability, cause] of OWNING.some((name) => name === call.name) ? owners.demands(call) : ofCall(call))
      if (lacks(capability)) yield { capability, object: call.why, cause };
  }
}

const OWNING = ['fchown', 'fchownat', 'fchmod', 'fchmodat', 'utimensat'] as const;

function* ofCall({ name, args }: PlannedCall): Generator<[number, string]> {
  switch (name) {
    case 'chroot':
      yield [CAP_SYS_CHROOT, 'it takes another root directory'];
      return;
    case 'fsmount':
    case 'open_tree':
      yield [CAP_SYS_ADMIN, 'it takes a mount for the moment'];
      return;
    case 'mknodat': {
      const type = Number(args[2] ?? 0n) & S_IFMT;
      if (type === S_IFCHR || type === S_IFBLK) yield [CAP_MKNOD, 'it is a device'];
      return;
    }
    case 'fcntl': {
      const most = numberIn('/proc/sys/fs/pipe-max-size');
      if (args[1] === BigInt(F_SETPIPE_SZ) && (args[2] ?? 0n) > most)
        yield [CAP_SYS_RESOURCE, `it holds ${args[2]} bytes, and fs.pipe-max-size is ${most}`];
      return;
    }
  }
}

/** Owners and modes of what the restorer makes, which is its own at first (chown(2), chmod(2), utimensat(2)). */
class Owners {
  /** What belongs to another user by then, and what to a group that the restorer is not in. */
  private readonly given = new Set<string>();
  private readonly foreign = new Set<string>();

  constructor(private readonly host: RestoreHost) {}

  *demands({ name, args, target }: PlannedCall): Generator<[number, string]> {
    if (name === 'fchown' || name === 'fchownat') {
      const [uid = 0, gid = 0] = args.slice(name === 'fchown' ? 1 : 2).map((id) => Number(id ?? 0n));
      yield* this.give(target, uid, gid);
      return;
    }
    if (this.given.has(target)) yield [CAP_FOWNER, 'it is given away, and changed afterwards'];
    const mode = name === 'utimensat' ? 0 : Number(args[name === 'fchmod' ? 1 : 2] ?? 0n);
    if (mode & S_ISGID && this.foreign.has(target)) yield [CAP_FSETID, 'it has the set-group-ID bit of another group'];
  }

  private *give(target: string, uid: number, gid: number): Generator<[number, string]> {
    const { uids, gids, groups } = this.host;
    const other = uid !== KEPT && uid !== uids.at(-1);
    const stranger = gid !== KEPT && gid !== gids.at(-1) && !groups.includes(gid);
    if (other) this.given.add(target);
    if (stranger) this.foreign.add(target);
    if (other) yield [CAP_CHOWN, `it belongs to user ${uid}`];
    else if (stranger) yield [CAP_CHOWN, `it belongs to group ${gid}`];
  }
}

function numberIn(path: string): bigint {
  try {
    return BigInt(readFileSync(path, 'latin1').trim());
  } catch {
    return 1n << 31n;
  }
}
