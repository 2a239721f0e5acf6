// SPDX-License-Identifier: GPL-2.0-only
import type { SkPacketEntry } from '../../../images/generated/messages.js';
import type { Images, WithData } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';
import { bufferSizes, sendBuffer } from '../sockets/options-restore.js';
import type { Node } from './network.js';
import { sendMessage } from './send.js';

export type Packet = WithData<SkPacketEntry>;

/** The kernel doubles it. */
const MOST_ROOM = 0x3fff_ffff;
const NOBODY = new Uint8Array(0);

export function packetsOf({ images }: { readonly images: Images }, { id }: Node): readonly Packet[] {
  return images.dataOf('SK_QUEUES', 'id_for', id);
}

/** Whether the credentials of those who sent are still to be read with the messages. */
export function hasSenders(plan: TreePlan, node: Node): boolean {
  return packetsOf(plan, node).some(({ entry: { cred_pid, cred_uid } }) => (cred_pid ?? cred_uid) !== undefined);
}

/** Unread messages that only the other end can have sent. */
export function resendFrom(plan: TreePlan, other: Node, node: Node, what: string): void {
  const packets = packetsOf(plan, node);
  if (packets.length === 0) return;
  const at = plan.pool.file(other.id);
  makeRoom(plan, at, what);
  for (const packet of packets) sendMessage(plan, at, packet, whyOf(packet, what));
  bufferSizes(plan.root, at, other.socket.opts, what);
}

/** The same from an end that has been closed since, `at`. */
export function resendFromLost(plan: TreePlan, at: number, node: Node, what: string): void {
  makeRoom(plan, at, what);
  for (const packet of packetsOf(plan, node)) sendMessage(plan, at, packet, whyOf(packet, what));
}

/** The sender may have had more room when it sent; or it was another, which is gone. */
export function makeRoom({ root }: TreePlan, at: number, what: string): void {
  sendBuffer(root, at, MOST_ROOM, `${what}: room to send it again`);
}

/** sun_path of the sender of a datagram. */
export function senderName({ entry: { address } }: Packet): Uint8Array {
  return address?.subarray(2) ?? NOBODY;
}

export function whyOf({ data }: Packet, what: string): string {
  return `${what}: unread message of ${data.length} bytes`;
}
