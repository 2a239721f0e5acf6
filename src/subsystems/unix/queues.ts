// SPDX-License-Identifier: GPL-2.0-only
import type { TreePlan } from '../../restore/plan.js';
import { AF_UNIX, SO_SNDBUFFORCE, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from '../sockets/numbers.js';
import { bufferSizes, setInt } from '../sockets/options-restore.js';
import { lostPeer } from './create.js';
import { isNamed, isPath, nameText, reachable, unixAddress } from './name.js';
import { type Node, networkOf } from './network.js';
import { sendMessage } from './send.js';

/** The kernel doubles it. */
const MOST_ROOM = 0x3fff_ffff;

/** Whether the credentials of those who sent are still to be read with the messages. */
export function hasSenders({ images }: TreePlan, { id }: Node): boolean {
  return images.list('SK_QUEUES').some(({ id_for, cred_pid, cred_uid }) => id_for === id && (cred_pid ?? cred_uid) !== undefined);
}

/** Unread messages, from the socket that may send there. */
export function resend(plan: TreePlan, node: Node, what: string): void {
  const network = networkOf(plan.model);
  const peer = network.peerOf(node);
  const dgram = node.socket.type === SOCK_DGRAM;
  const senders = new Set<Node>();
  /** The sender may have had more room when it sent; or it was another, which is gone. */
  const roomy = (sender: Node): number => {
    const at = plan.pool.file(sender.id);
    if (!senders.has(sender)) makeRoom(plan, at, what);
    senders.add(sender);
    return at;
  };
  let lost: number | undefined;
  const roomyLost = (): number => {
    if (lost === undefined) {
      lost = lostPeer(plan, node.id);
      makeRoom(plan, lost, what);
    }
    return lost;
  };
  for (const packet of plan.images.withData('SK_QUEUES')) {
    if (packet.entry.id_for !== node.id) continue;
    const why = `${what}: unread message of ${packet.data.length} bytes`;
    if (!dgram || !isNamed(node.socket)) {
      sendMessage(plan, peer ? roomy(peer) : roomyLost(), packet, why);
      continue;
    }
    const name = packet.entry.address?.subarray(2) ?? new Uint8Array(0);
    const sender = name.length > 0 ? network.named(SOCK_DGRAM, name) : undefined;
    const to = reachable(plan, node.socket);
    if (sender) sendMessage(plan, roomy(sender), packet, why, to);
    else sendFromStranger(plan, node.id, packet, why, to, name);
  }
  for (const sender of senders) bufferSizes(plan.root, plan.pool.file(sender.id), sender.socket.opts, what);
}

function makeRoom({ root }: TreePlan, at: number, what: string): void {
  setInt(root, at, SOL_SOCKET, SO_SNDBUFFORCE, MOST_ROOM, `${what}: room to send it again`);
}

/** The sender is gone: a socket with its name, for the moment. */
function sendFromStranger(
  plan: TreePlan,
  id: number,
  packet: Parameters<typeof sendMessage>[2],
  why: string,
  to: Buffer,
  name: Uint8Array,
): void {
  const { root, pool } = plan;
  const at = pool.number(`unix-sender:${id}`);
  const made = root.call('socket', [AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, at, why);
  makeRoom(plan, at, why);
  if (name.length > 0 && !isPath(name)) {
    const address = unixAddress(name);
    root.call('bind', [at, root.bytes(address), address.length], { why });
  }
  sendMessage(plan, at, packet, why, to);
  root.call('close', [at], { why });
}

/** Datagram sockets are connected after their queues are filled: a connection keeps other senders out. */
export function connectByName(plan: TreePlan, node: Node, at: number, what: string): void {
  const peer = networkOf(plan.model).peerOf(node);
  if (!peer || node.socket.type !== SOCK_DGRAM || !isNamed(peer.socket)) return;
  const address = reachable(plan, peer.socket);
  plan.root.call('connect', [at, plan.root.bytes(address), address.length], {
    why: `${what}: connect to ${nameText(peer.socket.name)}`,
  });
}
