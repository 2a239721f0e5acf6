// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry, UnixSkEntry } from '../../../images/generated/messages.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import { SOCK_DGRAM, TCP_ESTABLISHED, TCP_LISTEN } from '../sockets/numbers.js';
import { isNamed, nameKey } from './name.js';

/** A unix socket of the images. */
export interface Node {
  readonly id: number;
  readonly socket: UnixSkEntry;
}

/** Who is connected with whom. */
export class Network {
  private readonly byInode = new Map<number, Node>();
  private readonly listeners = new Map<string, Node>();
  private readonly byName = new Map<string, Node>();
  /** Datagram sockets that socketpair(2) has made, by id. */
  private readonly partners = new Map<number, Node>();

  constructor(model: Model) {
    for (const { id, usk } of model.files.values()) {
      if (!usk) continue;
      const node = { id, socket: usk };
      this.byInode.set(usk.ino, node);
      if (usk.name.length === 0) continue;
      const key = `${usk.type}:${nameKey(usk.name)}`;
      if (usk.state === TCP_LISTEN) this.listeners.set(key, node);
      if (!this.byName.has(key)) this.byName.set(key, node);
    }
    for (const node of this.byInode.values()) this.findPartner(node);
  }

  peerOf({ id, socket }: Node): Node | undefined {
    if (!socket.peer) return undefined;
    const peer = this.byInode.get(socket.peer);
    if (!peer) throw wrong('files.img', `unix socket ${id} is connected to socket ${socket.peer}, which is not in the images`);
    return peer;
  }

  /**
   * The other end of a pair of datagram sockets, if it is still there and one of them is connected to the other; either may have
   * been connected elsewhere since.
   */
  partnerOf({ id }: Node): Node | undefined {
    return this.partners.get(id);
  }

  /** Whether it has left the other end of its pair, which is connected to it still. */
  isStray(node: Node): boolean {
    const partner = this.partnerOf(node);
    return partner !== undefined && node.socket.peer !== partner.socket.ino;
  }

  /** Of a connection by name: the end that was accepted. */
  serverOf(one: Node, other: Node): Node | undefined {
    if (one.socket.type === SOCK_DGRAM || !(isNamed(one.socket) || isNamed(other.socket))) return undefined;
    if (!isNamed(one.socket)) return other;
    if (!isNamed(other.socket)) return one;
    return this.listenerOf(other) && !this.listenerOf(one) ? other : one;
  }

  /** The listening socket that an accepted one has its name from. */
  listenerOf({ socket }: Node): Node | undefined {
    return this.listeners.get(`${socket.type}:${nameKey(socket.name)}`);
  }

  /** Any socket of that type with the name. */
  named(type: number, name: Uint8Array): Node | undefined {
    return this.byName.get(`${type}:${nameKey(name)}`);
  }

  /**
   * Whoever is connected to a socket comes before it: once that is connected elsewhere itself, nobody else can connect to it
   * any more (unix_may_send).
   */
  followersFirst(nodes: Iterable<Node>): Iterable<Node> {
    const followers = new Map<number, Node[]>();
    const all = [...nodes];
    for (const node of all) {
      const known = followers.get(node.socket.peer);
      if (known) known.push(node);
      else followers.set(node.socket.peer, [node]);
    }
    const ordered = new Set<Node>();
    const waiting = all.toReversed();
    const met = new Set<Node>();
    while (waiting.length > 0) {
      const node = waiting.at(-1) as Node;
      if (!met.has(node)) {
        met.add(node);
        waiting.push(...(followers.get(node.socket.ino) ?? []).filter((one) => !met.has(one)));
      } else ordered.add(waiting.pop() as Node);
    }
    return ordered;
  }

  /** Nobody can connect(2) to a socket without a name; of those with one, SO_PEERCRED tells that they were made as a pair. */
  private findPartner(node: Node): void {
    const { socket } = node;
    if (socket.type !== SOCK_DGRAM || !socket.peer) return;
    const peer = this.peerOf(node) as Node;
    const mutual = peer.socket.peer === socket.ino;
    if (isNamed(peer.socket) && !(mutual && (!isNamed(socket) || (socket.peer_pid && peer.socket.peer_pid)))) return;
    for (const [one, other] of [[node, peer] as const, [peer, node] as const]) {
      const known = this.partners.get(one.id);
      if (known && known.id !== other.id) throw wrong('files.img', `unix socket ${one.id} is in two pairs`);
      this.partners.set(one.id, other);
    }
  }
}

const NETWORK = new Derived((model: Model) => new Network(model));

export function networkOf(model: Model): Network {
  return derived(model, NETWORK);
}

export function nodeOf(file: FileEntry): Node {
  if (!file.usk) throw wrong('files.img', `file ${file.id} is a unix socket without usk`);
  return { id: file.id, socket: file.usk };
}

/** Whether it is connected to a socket that has been closed. */
export function hasLostPeer({ socket }: Node): boolean {
  // Of datagram sockets without a name the state tells as well, in images that do not have the field.
  if (socket.type === SOCK_DGRAM && isNamed(socket)) return socket.lost_peer === true;
  return socket.state === TCP_ESTABLISHED && !socket.peer;
}

/** A datagram socket whose closed peer was the other end of its pair, not one that it found by name. */
export function hasLostPartner(node: Node): boolean {
  const { type, lost_name, peer_pid } = node.socket;
  return type === SOCK_DGRAM && hasLostPeer(node) && (!lost_name?.length || Boolean(peer_pid));
}
