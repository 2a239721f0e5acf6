// SPDX-License-Identifier: GPL-2.0-only
import { Derived, derived } from '../../../memo.js';
import type { TreePlan } from '../../../plan/tree.js';
import { load32 } from '../../../program/index.js';
import { makeDescription } from '../../descriptors/tables/make.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, TCP_LISTEN } from '../sockets/numbers.js';
import { bindForTheMoment, bindName } from './bind.js';
import { isNamed, isPath, nameText, openFile, reachable, unixAddress } from './name.js';
import { hasLostPartner, hasLostPeer, type Network, type Node, networkOf } from './network.js';

const MADE = new Derived((_: TreePlan) => new Set<number>());

/** Makes a socket at its pool number, and with it the one that it is connected to where that is part of being made. */
export function make(plan: TreePlan, node: Node, at: number, what: string): void {
  const done = derived(plan, MADE);
  if (done.has(node.id)) return;
  done.add(node.id);
  const { socket } = node;
  const network = networkOf(plan.model);
  const peer = socket.type === SOCK_DGRAM ? network.partnerOf(node) : network.peerOf(node);
  if (peer) {
    done.add(peer.id);
    const [one, other] = [socket, peer.socket].map(isNamed);
    if (socket.type !== SOCK_DGRAM && (one || other)) makeAccepted(plan, node, peer, what);
    else {
      makePair(plan, socket.type, at, plan.pool.file(peer.id), what);
      bindName(plan, at, socket, what);
      bindName(plan, plan.pool.file(peer.id), peer.socket, what);
    }
  } else if (isBorrowed(plan, node)) {
    const lost = lostPeer(plan, node.id);
    makePair(plan, socket.type, at, lost, what);
    bindName(plan, at, socket, what);
    // Receivers are told the name that a sender has when they look, not when it sent.
    if (hasLostPartner(node) && socket.lost_name) bindForTheMoment(plan, lost, socket.lost_name, `${what}: its closed peer`);
  } else makeSingle(plan, node, at, what);
}

/** Whether it is made as one end of a pair whose other end will be closed. */
export function isBorrowed({ model }: TreePlan, node: Node): boolean {
  const { type, pending_error } = node.socket;
  if (type !== SOCK_DGRAM) return hasLostPeer(node);
  return hasLostPartner(node) || (pending_error !== undefined && !networkOf(model).partnerOf(node));
}

/** Pool number of the far end of a socket whose peer is gone, until its unread data is written. */
export function lostPeer(plan: TreePlan, id: number): number {
  return plan.pool.number(`unix-peer:${id}`);
}

/** A socket on its own: listening, unconnected, or a datagram socket that will be connected by name. */
function makeSingle(plan: TreePlan, node: Node, at: number, what: string): void {
  const { root, pool } = plan;
  const { type, state, backlog } = node.socket;
  const made = root.call('socket', [AF_UNIX, type | SOCK_CLOEXEC, 0], { why: `${what}: create`, save: true });
  pool.place(root, made, at, what);
  bindName(plan, at, node.socket, what);
  if (state === TCP_LISTEN) root.call('listen', [at, backlog], { why: `${what}: listen` });
}

/** Two connected ends, at their pool numbers. */
function makePair(plan: TreePlan, type: number, a: number, b: number, what: string): void {
  const { root, pool } = plan;
  const pair = root.reserve(8);
  const why = `${what}: create a connected pair`;
  root.call('socketpair', [AF_UNIX, type | SOCK_CLOEXEC, 0, pair], { why });
  pool.place(root, root.set(load32(pair), why), a, why);
  pool.place(root, root.set(load32(pair, 4), why), b, why);
}

/**
 * A connection of which an end has a name: what getpeername(2) tells comes from the listening socket, so there must be
 * one to connect to, the tree's own or one for the moment.
 */
function makeAccepted(plan: TreePlan, one: Node, other: Node, what: string): void {
  const { root, pool, model } = plan;
  const network = networkOf(model);
  const server = network.serverOf(one, other) ?? one;
  const client = server === one ? other : one;
  const { type, name } = server.socket;
  const listener = listening(plan, network, server, what);
  const near = root.call('socket', [AF_UNIX, type | SOCK_CLOEXEC, 0], { why: `${what}: create`, save: true });
  pool.place(root, near, pool.file(client.id), what);
  bindName(plan, pool.file(client.id), client.socket, what);
  root.call('connect', [pool.file(client.id), root.bytes(listener.address), listener.address.length], {
    why: `${what}: connect to ${nameText(name)}`,
  });
  const far = root.call('accept4', [listener.at, 0, 0, SOCK_CLOEXEC], { why: `${what}: accept`, save: true });
  pool.place(root, far, pool.file(server.id), what);
  if (listener.temporary) root.call('close', [listener.at], { why: `${what}: stop listening` });
}

interface Listener {
  readonly at: number;
  readonly address: Buffer;
  readonly temporary: boolean;
}

function listening(plan: TreePlan, network: Network, server: Node, what: string): Listener {
  const own = network.listenerOf(server);
  if (own) return { at: makeDescription(plan, own.id), address: reachable(plan, own.socket), temporary: false };
  const { root, pool } = plan;
  const { name, type } = server.socket;
  const at = pool.number(`unix-listener:${server.id}`);
  const why = `${what}: listen for it`;
  const made = root.call('socket', [AF_UNIX, type | SOCK_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, at, what);
  const file = isPath(name) ? pool.number(`unix-listener-file:${server.id}`) : undefined;
  bindForTheMoment(plan, at, name, why, file);
  root.call('listen', [at, 1], { why });
  return { at, address: file === undefined ? unixAddress(name) : openFile(file), temporary: true };
}
