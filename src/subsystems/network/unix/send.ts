// SPDX-License-Identifier: GPL-2.0-only
import type { SkPacketEntry } from '../../../images/generated/messages.js';
import type { WithData } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';
import { exactly } from '../../../program/index.js';
import { makeDescription } from '../../descriptors/tables/make.js';
import { SOL_SOCKET } from '../sockets/numbers.js';

const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const NOTHING = Buffer.alloc(0);
const MSGHDR_SIZE = 56;
const MSG_DONTWAIT = 0x40;

/** One sendmsg(2) through `from`, with the descriptors that were in flight; `to`: a sockaddr, where `from` is not connected. */
export function sendMessage(
  plan: TreePlan,
  from: number,
  { entry, data }: WithData<SkPacketEntry>,
  why: string,
  to?: Buffer,
): void {
  const { root } = plan;
  const header = root.reserve(MSGHDR_SIZE);
  const iov = root.words([0, data.length]);
  root.pointer(iov, root.bytes(data), why);
  root.pointer(header.plus(16), iov, why);
  root.store(header.plus(24), 1, 8, why);
  if (to) {
    root.pointer(header, root.bytes(to), why);
    root.store(header.plus(8), to.length, 4, why);
  }
  const control = controlOf(plan, entry);
  if (control.length > 0) {
    root.pointer(header.plus(32), root.bytes(control), why);
    root.store(header.plus(40), control.length, 8, why);
  }
  // Where there is no room after all, an error is better than to wait for ever.
  root.call('sendmsg', [from, header, MSG_DONTWAIT], { why, expect: exactly(data.length) });
}

/** Whatever goes with a message, each in a struct cmsghdr. */
function controlOf(plan: TreePlan, entry: SkPacketEntry): Buffer {
  return Buffer.concat([rights(plan, entry), credentials(plan, entry)]);
}

/** Descriptions that are in flight with a message, by their ids in files.img. */
export function filesIn({ scm }: SkPacketEntry): number[] {
  return scm.filter(({ type }) => type === SCM_RIGHTS).flatMap(({ rights: ids }) => ids);
}

/** The pool numbers of the descriptions. */
function rights(plan: TreePlan, entry: SkPacketEntry): Buffer {
  const files = filesIn(entry);
  if (files.length === 0) return NOTHING;
  return control(
    SCM_RIGHTS,
    files.map((id) => makeDescription(plan, id)),
  );
}

/** struct ucred of the sender. One who is gone cannot be named any more: his user and group remain. */
function credentials({ model }: TreePlan, { cred_pid, cred_uid, cred_gid }: SkPacketEntry): Buffer {
  if ((cred_pid ?? cred_uid) === undefined) return NOTHING;
  const sender = cred_pid && model.byPid.has(cred_pid) ? cred_pid : model.root.pid;
  return control(SCM_CREDENTIALS, [sender, cred_uid ?? 0, cred_gid ?? 0]);
}

function control(type: number, words: readonly number[]): Buffer {
  const size = 16 + 4 * words.length;
  const bytes = Buffer.alloc(Math.ceil(size / 8) * 8);
  bytes.writeBigUInt64LE(BigInt(size), 0);
  bytes.writeInt32LE(SOL_SOCKET, 8);
  bytes.writeInt32LE(type, 12);
  for (const [i, word] of words.entries()) bytes.writeInt32LE(word | 0, 16 + 4 * i);
  return bytes;
}
