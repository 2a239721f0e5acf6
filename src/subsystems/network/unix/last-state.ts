// SPDX-License-Identifier: GPL-2.0-only

import type { TreePlan } from '../../../plan/tree.js';
import { exactly } from '../../../program/index.js';
import { SOCK_DGRAM } from '../sockets/numbers.js';
import { isBorrowed, lostPeer } from './create.js';
import { connectTo, resendByName } from './datagrams.js';
import { describe, isNamed, reachable } from './name.js';
import { hasLostPartner, hasLostPeer, type Node, networkOf } from './network.js';
import { resendFrom, resendFromLost } from './queues.js';

const MSG_DONTWAIT = 0x40;
/** struct sockaddr of AF_UNSPEC: connect(2) to nobody. */
const NOBODY = Buffer.alloc(2);

/** Its queue, its connection by name, and the end of a peer that is gone. */
export function fill(plan: TreePlan, node: Node): void {
  const what = describe(node);
  const network = networkOf(plan.model);
  const other = node.socket.type === SOCK_DGRAM ? network.partnerOf(node) : network.peerOf(node);
  if (other) resendFrom(plan, other, node, what);
  else if (node.socket.type === SOCK_DGRAM ? hasLostPartner(node) : hasLostPeer(node)) {
    resendFromLost(plan, lostPeer(plan, node.id), node, what);
    loseLost(plan, node, what);
  } else if (node.socket.type === SOCK_DGRAM) {
    if (isBorrowed(plan, node)) {
      loseLost(plan, node, what);
      connectToNobody(plan, plan.pool.file(node.id), what);
    }
    resendByName(plan, node, what);
  }
}

/** Sockets that are late: those first that others send through, then those that have left their pair, then errors. */
export function bringLate(plan: TreePlan, late: readonly Node[]): void {
  const network = networkOf(plan.model);
  const pending = ({ socket }: Node) => socket.type === SOCK_DGRAM && socket.pending_error !== undefined;
  for (const node of late) if (!network.isStray(node) && !pending(node)) fill(plan, node);
  for (const node of late) {
    const partner = network.partnerOf(node);
    if (network.isStray(node) && !(partner && pending(partner))) stray(plan, node);
  }
  for (const node of late) if (pending(node)) fail(plan, node);
}

/** Leaves its pair for a peer that it finds by name, or for none. */
function stray(plan: TreePlan, node: Node): void {
  const what = describe(node);
  connectToNobody(plan, plan.pool.file(node.id), what);
  resendByName(plan, node, what);
}

/** A datagram socket with an error: its other end has left with a message unread. */
function fail(plan: TreePlan, node: Node): void {
  const network = networkOf(plan.model);
  const partner = network.partnerOf(node);
  if (!partner) {
    fill(plan, node);
    return;
  }
  const what = describe(node);
  const at = plan.pool.file(partner.id);
  raise(plan, plan.pool.file(node.id), what);
  connectToNobody(plan, at, what);
  if (network.isStray(partner)) resendByName(plan, partner, describe(partner));
  else if (isNamed(node.socket)) connectTo(plan, partner, reachable(plan, node.socket), what);
  if (network.isStray(node)) stray(plan, node);
}

/** The peer that is gone goes, and leaves ECONNRESET behind if it had not read all. */
function loseLost(plan: TreePlan, node: Node, what: string): void {
  const lost = lostPeer(plan, node.id);
  const failed = node.socket.pending_error !== undefined;
  if (failed) raise(plan, plan.pool.file(node.id), what);
  if (failed && node.socket.type === SOCK_DGRAM) connectToNobody(plan, lost, what);
  plan.root.call('close', [lost], { why: `${what}: its peer is gone` });
}

/** Something for the peer, which will not read it before it leaves (unix_release_sock, unix_dgram_disconnected). */
function raise({ root }: TreePlan, at: number, what: string): void {
  const why = `${what}: something unread that its peer leaves behind`;
  root.call('sendto', [at, root.bytes(Buffer.alloc(1)), 1, MSG_DONTWAIT, 0, 0], { why, expect: exactly(1) });
}

function connectToNobody({ root }: TreePlan, at: number, what: string): void {
  root.call('connect', [at, root.bytes(NOBODY), NOBODY.length], { why: `${what}: leave its peer` });
}
