// SPDX-License-Identifier: GPL-2.0-only
import { load32 } from '../../program/index.js';
import type { TreePlan } from '../../restore/plan.js';
import { makeDescription } from '../descriptors/make.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, TCP_LISTEN } from '../sockets/numbers.js';
import { bindName, isNamed, isPath, nameText, reachable, unixAddress } from './name.js';
import { type Network, type Node, networkOf } from './network.js';

/** Pool number of the far end of a socket whose peer is gone, until its unread data is written. */
export function lostPeer(plan: TreePlan, id: number): number {
  return plan.pool.number(`unix-peer:${id}`);
}

/** A socket on its own: listening, unconnected, or a datagram socket that will be connected by name. */
export function makeSingle(plan: TreePlan, node: Node, at: number, what: string): void {
  const { root, pool } = plan;
  const { type, state, backlog } = node.socket;
  const made = root.call('socket', [AF_UNIX, type | SOCK_CLOEXEC, 0], { why: `${what}: create`, save: true });
  pool.place(root, made, at, what);
  bindName(plan, at, node.socket, what);
  if (state === TCP_LISTEN) root.call('listen', [at, backlog], { why: `${what}: listen` });
}

/** Two connected ends, at their pool numbers. */
export function makePair(plan: TreePlan, type: number, a: number, b: number, what: string): void {
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
export function makeAccepted(plan: TreePlan, one: Node, other: Node, what: string): void {
  const { root, pool, model } = plan;
  const network = networkOf(model);
  const [server, client] = sides(network, one, other);
  const { type, name } = server.socket;
  const listener = listening(plan, network, server, what);
  const address = listener.temporary ? unixAddress(name) : reachable(plan, network.listenerOf(server)?.socket ?? server.socket);
  const near = root.call('socket', [AF_UNIX, type | SOCK_CLOEXEC, 0], { why: `${what}: create`, save: true });
  pool.place(root, near, pool.file(client.id), what);
  bindName(plan, pool.file(client.id), client.socket, what);
  if (isPath(name) && server.socket.name_dir) root.call('chdir', [root.path(server.socket.name_dir)], { why: what });
  root.call('connect', [pool.file(client.id), root.bytes(address), address.length], {
    why: `${what}: connect to ${nameText(name)}`,
  });
  const far = root.call('accept4', [listener.at, 0, 0, SOCK_CLOEXEC], { why: `${what}: accept`, save: true });
  pool.place(root, far, pool.file(server.id), what);
  if (listener.temporary) root.call('close', [listener.at], { why: `${what}: stop listening` });
}

function sides(network: Network, one: Node, other: Node): [Node, Node] {
  if (!isNamed(one.socket)) return [other, one];
  if (!isNamed(other.socket)) return [one, other];
  return network.listenerOf(other) && !network.listenerOf(one) ? [other, one] : [one, other];
}

function listening(plan: TreePlan, network: Network, server: Node, what: string): { at: number; temporary: boolean } {
  const own = network.listenerOf(server);
  if (own) return { at: makeDescription(plan, own.id), temporary: false };
  const { root, pool } = plan;
  const at = pool.number(`unix-listener:${server.id}`);
  const made = root.call('socket', [AF_UNIX, server.socket.type | SOCK_CLOEXEC, 0], {
    why: `${what}: listen for it`,
    save: true,
  });
  pool.place(root, made, at, what);
  bindName(plan, at, { ...server.socket, deleted: undefined }, what);
  root.call('listen', [at, 1], { why: `${what}: listen for it` });
  return { at, temporary: true };
}

/** Whether two datagram sockets are connected to each other, as socketpair(2) makes them. */
export function mutual({ socket }: Node, peer: Node): boolean {
  return socket.type === SOCK_DGRAM && peer.socket.peer === socket.ino;
}
