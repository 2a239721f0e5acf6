// SPDX-License-Identifier: GPL-2.0-only
import type { TreePlan } from '../../restore/plan.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM } from '../sockets/numbers.js';
import { bufferSizes } from '../sockets/options-restore.js';
import { bindForTheMoment } from './bind.js';
import { isNamed, isPath, nameKey, openFile, reachable, unixAddress } from './name.js';
import { type Node, networkOf } from './network.js';
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

export function connectTo({ root, pool }: TreePlan, { id }: Node, address: Buffer, what: string): void {
  root.call('connect', [pool.file(id), root.bytes(address), address.length], { why: `${what}: connect to its peer` });
}

/** Who sends to one socket. */
class Senders {
  /** The tree's own, which have more room for a while. */
  private readonly own = new Set<Node>();
  /** One for the moment, with its name; consecutive datagrams have it in common. */
  private stranger: { readonly name: string; readonly at: number; readonly file: number | undefined } | undefined;

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
    this.dismiss();
    for (const { id, socket } of this.own) bufferSizes(plan.root, plan.pool.file(id), socket.opts, what);
  }

  private roomy(sender: Node): number {
    const at = this.plan.pool.file(sender.id);
    if (!this.own.has(sender)) makeRoom(this.plan, at, this.what);
    this.own.add(sender);
    return at;
  }

  private strange(name: Uint8Array): NonNullable<Senders['stranger']> {
    const key = nameKey(name);
    if (this.stranger?.name === key) return this.stranger;
    this.dismiss();
    const { root, pool } = this.plan;
    const why = `${this.what}: a sender that is gone`;
    const at = pool.number(`unix-sender:${this.node.id}`);
    const made = root.call('socket', [AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0], { why, save: true });
    pool.place(root, made, at, why);
    makeRoom(this.plan, at, why);
    const file = isPath(name) ? pool.number(`unix-sender-file:${this.node.id}`) : undefined;
    bindForTheMoment(this.plan, at, name, why, file);
    this.stranger = { name: key, at, file };
    return this.stranger;
  }

  private dismiss(): void {
    if (this.stranger) this.plan.root.call('close', [this.stranger.at], { why: `${this.what}: its sender is gone` });
    this.stranger = undefined;
  }
}
