// SPDX-License-Identifier: GPL-2.0-only
import type { SkPacketEntry } from '../../images/generated/messages.js';
import type { WithData } from '../../model/images.js';
import { type Data, exactly } from '../../program/index.js';
import type { TreePlan } from '../../restore/plan.js';
import { makeDescription } from '../descriptors/make.js';
import { SOL_SOCKET } from '../sockets/numbers.js';

const SCM_RIGHTS = 1;
const MSGHDR_SIZE = 56;

/** One sendmsg(2) through `from`, with the descriptors that were in flight; `to`: a sockaddr, where `from` is not connected. */
export function sendMessage(plan: TreePlan, from: number, { entry, data }: WithData<SkPacketEntry>, why: string, to?: Buffer): void {
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
  const control = rights(plan, entry);
  if (control) {
    root.pointer(header.plus(32), control.at, why);
    root.store(header.plus(40), control.size, 8, why);
  }
  root.call('sendmsg', [from, header, 0], { why, expect: exactly(data.length) });
}

/** struct cmsghdr with the pool numbers of the descriptions. */
function rights(plan: TreePlan, { scm }: SkPacketEntry): { at: Data; size: number } | undefined {
  const files = scm.filter(({ type }) => type === SCM_RIGHTS).flatMap(({ rights: ids }) => ids);
  if (files.length === 0) return undefined;
  const numbers = files.map((id) => makeDescription(plan, id));
  const size = 16 + 4 * numbers.length;
  const bytes = Buffer.alloc(Math.ceil(size / 8) * 8);
  bytes.writeBigUInt64LE(BigInt(size), 0);
  bytes.writeInt32LE(SOL_SOCKET, 8);
  bytes.writeInt32LE(SCM_RIGHTS, 12);
  numbers.forEach((number, i) => bytes.writeInt32LE(number, 16 + 4 * i));
  return { at: plan.root.bytes(bytes), size };
}
