// SPDX-License-Identifier: GPL-2.0-only
import type { TreePlan } from '../../../plan/tree.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM } from '../sockets/numbers.js';
import { bufferSizes } from '../sockets/options-restore.js';
import { bindForTheMoment } from './bind.js';
import { describe, isNamed, isPath, nameKey, openFile, reachable, unixAddress } from './name.js';
import { hasLostPartner, type Node, networkOf } from './network.js';
import { makeRoom, type Packet, packetsOf, senderName, whyOf } from './queues.js';
import { sendMessage } from './send.js';

/**
 * Unread datagrams, each from a socket with the name that it came from: the tree's own, or one for the moment. The socket is
 * connected as soon as whatever is left comes from its peer: a connection keeps other senders out, but of a peer any number
 * of datagrams may wait (unix_dgram_sendmsg, net/unix/af_unix.c).
 */
export function resendByName(plan: TreePlan, node: Node, what: string): void {
  const peer = networkOf(plan.model).peerOf(node);
  const packets = packetsOf(plan, node);
  const senders = new Senders(plan, node, what);
  const name = peer ? peer.socket.name : node.socket.lost_peer ? node.socket.lost_name : undefined;
  const connect = (): void => {
    if (name) connectTo(plan, node, senders.addressOf(name, peer), what);
  };
  const last = name ? packets.findLastIndex((packet) => nameKey(senderName(packet)) !== nameKey(name)) + 1 : 0;
  for (const [i, packet] of packets.entries()) {
    if (i === last) connect();
    senders.send(packet);
  }
  if (packets.length === last) connect();
  senders.finish();
}

/**
 * Makes the senders that are gone now, for a socket whose queue is filled when other tasks exist: some may share the root
 * directory, which is another for a moment when such a name is bound.
 */
export function makeStrangers(plan: TreePlan, node: Node): void {
  if (hasLostPartner(node)) return;
  const { lost_peer, lost_name } = node.socket;
  const network = networkOf(plan.model);
  const senders = packetsOf(plan, node).map(senderName);
  for (const name of [...senders, ...(lost_peer && lost_name ? [lost_name] : [])])
    if (name.length > 0 && !network.named(SOCK_DGRAM, name)) stranger(plan, node, name);
}

interface Stranger {
  readonly at: number;
  readonly file: number | undefined;
}

/** A socket for the moment with the name of one that is gone; of each name there is one. */
function stranger(plan: TreePlan, node: Node, name: Uint8Array): Stranger {
  const { root, pool } = plan;
  const key = `unix-sender:${node.id}:${nameKey(name)}`;
  const made = pool.has(key);
  const at = pool.number(key);
  const file = isPath(name) ? pool.number(`${key}:file`) : undefined;
  if (!made) {
    const why = `${describe(node)}: a sender that is gone`;
    const socket = root.call('socket', [AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0], { why, save: true });
    pool.place(root, socket, at, why);
    makeRoom(plan, at, why);
    bindForTheMoment(plan, at, name, why, file);
  }
  return { at, file };
}

export function connectTo({ root, pool }: TreePlan, { id }: Node, address: Buffer, what: string): void {
  root.call('connect', [pool.file(id), root.bytes(address), address.length], { why: `${what}: connect to its peer` });
}

/** Who sends to one socket. */
class Senders {
  /** The tree's own, which have more room for a while. */
  private readonly own = new Set<Node>();
  /** Those that are gone, by number. */
  private readonly strangers = new Set<number>();

  constructor(
    private readonly plan: TreePlan,
    private readonly node: Node,
    private readonly what: string,
  ) {}

  send(packet: Packet): void {
    const { plan, node, what } = this;
    const network = networkOf(plan.model);
    const name = senderName(packet);
    const partner = network.partnerOf(node);
    const nameless = partner && !isNamed(partner.socket) ? partner : undefined;
    const sender = name.length > 0 ? network.named(SOCK_DGRAM, name) : nameless;
    const at = sender ? this.roomy(sender) : this.strange(name).at;
    sendMessage(plan, at, packet, whyOf(packet, what), isNamed(node.socket) ? reachable(plan, node.socket) : undefined);
  }

  /** Where connect(2) finds the socket with this name: `peer`, or one that is gone and is made for the moment. */
  addressOf(name: Uint8Array, peer: Node | undefined): Buffer {
    if (peer) return reachable(this.plan, peer.socket);
    const { file } = this.strange(name);
    return file === undefined ? unixAddress(name) : openFile(file);
  }

  finish(): void {
    const { plan, what } = this;
    for (const at of this.strangers) plan.root.call('close', [at], { why: `${what}: its sender is gone` });
    for (const { id, socket } of this.own) bufferSizes(plan.root, plan.pool.file(id), socket.opts, what);
  }

  private roomy(sender: Node): number {
    const at = this.plan.pool.file(sender.id);
    if (!this.own.has(sender)) makeRoom(this.plan, at, this.what);
    this.own.add(sender);
    return at;
  }

  private strange(name: Uint8Array): Stranger {
    const made = stranger(this.plan, this.node, name);
    this.strangers.add(made.at);
    return made;
  }
}
