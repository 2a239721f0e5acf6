// SPDX-License-Identifier: GPL-2.0-only
import { Derived, derived } from '../../../memo.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { type DescriptorKind, hasHighNumber } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { SOCK_DGRAM, TCP_LISTEN } from '../sockets/numbers.js';
import { bufferSizes, optionsAfterBind, optionsAfterData, optionsBeforeBind } from '../sockets/options-restore.js';
import { checkNames } from './check.js';
import { make } from './create.js';
import { makeStrangers } from './datagrams.js';
import { bringLate, fill } from './last-state.js';
import { describe, isNamed } from './name.js';
import { hasLostPeer, type Node, networkOf, nodeOf } from './network.js';
import { hasSenders, packetsOf } from './queues.js';

/** unix(7). */
export const unixKind: DescriptorKind = {
  related(model, file) {
    const partner = partnerOf(model, nodeOf(file));
    return partner ? [partner.id] : [];
  },
  /** One end of a pair that knows nobody else, and in whose way nothing is that only the root can send. */
  alone(model, file, holders) {
    const node = nodeOf(file);
    return hasHighNumber(holders) && partnerOf(model, node) !== undefined && !carriesOthers(model, node);
  },
  create(plan, file, at) {
    const node = nodeOf(file);
    const what = describe(node);
    make(plan, node, at, what);
    const { root } = plan;
    // Nothing to a unix socket, but getsockopt(2) tells them.
    optionsBeforeBind(root, at, node.socket.opts, what);
    bufferSizes(root, at, node.socket.opts, what);
    optionsAfterBind(root, at, node.socket.opts, what);
    setStatus(root, at, node.socket.flags, what);
  },
  /** For a task that makes it alone; for all others it is done in a certain order, below. */
  link(plan, file) {
    const node = nodeOf(file);
    const partner = plan.makers.ownerOf(file.id) && partnerOf(plan.model, node);
    const done = derived(plan, LINKED);
    if (!partner || done.has(node.id)) return;
    for (const end of [node, partner]) fill(plan, end);
    for (const end of [node, partner]) {
      finish(plan, end);
      done.add(end.id);
    }
  },
};

const LINKED = new Derived((_: TreePlan) => new Set<number>());

/** The other end of a pair, if both are just that: without names, connected with each other, and nothing is wrong with them. */
function partnerOf(model: Model, node: Node): Node | undefined {
  const network = networkOf(model);
  const partner = node.socket.type === SOCK_DGRAM ? network.partnerOf(node) : network.peerOf(node);
  if (!partner || partner.socket.peer !== node.socket.ino) return undefined;
  const plain = [node, partner].every(
    (end) => !isNamed(end.socket) && !network.isStray(end) && !isPending(end) && end.socket.state !== TCP_LISTEN,
  );
  return plain ? partner : undefined;
}

/** Messages with descriptors or with credentials of who sent them. */
function carriesOthers(model: Model, node: Node): boolean {
  return packetsOf(model, node).some(
    ({ entry: { scm, cred_pid, cred_uid } }) => scm.length > 0 || (cred_pid ?? cred_uid) !== undefined,
  );
}

/** Shutdown states come last: data could not be sent any more. Names must be free. */
export const unixRestore: RestoreSubsystem = {
  name: 'unix',
  check: checkNames,
  tree: {
    link(plan) {
      const early = sockets(plan).filter((node) => !isLate(plan, node));
      for (const node of networkOf(plan.model).followersFirst(early)) fill(plan, node);
      for (const node of early) finish(plan, node);
      for (const node of sockets(plan)) if (node.socket.type === SOCK_DGRAM && isLate(plan, node)) makeStrangers(plan, node);
    },
  },
  task: {
    /** Messages that bear the pids of their senders can be sent when those exist. */
    attach({ tree, task }) {
      if (task !== tree.model.root) return;
      const late = sockets(tree).filter((node) => isLate(tree, node));
      bringLate(tree, [...networkOf(tree.model).followersFirst(late)]);
      for (const node of late) finish(tree, node);
    },
  },
};

/** What would have been in the way of its queue. */
function finish(plan: TreePlan, node: Node): void {
  optionsAfterData(plan.root, plan.pool.file(node.id), node.socket.opts, describe(node));
  shutDown(plan, node);
}

/** Of any socket, a listening or never connected one, too (unix_shutdown); one whose peer has gone is in that state already. */
function shutDown(plan: TreePlan, node: Node): void {
  const { shutdown, type } = node.socket;
  if (!shutdown || (type !== SOCK_DGRAM && hasLostPeer(node))) return;
  plan.root.call('shutdown', [plan.pool.file(node.id), shutdown - 1], { why: `${describe(node)}: shutdown` });
}

/** Whether it, or whom it sends to, has to wait until the tree exists, or until all else has been sent. */
function isLate(plan: TreePlan, node: Node): boolean {
  const network = networkOf(plan.model);
  const others = [node, network.partnerOf(node), network.peerOf(node)];
  return others.some((other) => other && (hasSenders(plan, other) || network.isStray(other) || isPending(other)));
}

/** Of a datagram socket: its next call fails, whatever that sends. */
function isPending({ socket }: Node): boolean {
  return socket.type === SOCK_DGRAM && socket.pending_error !== undefined;
}

function sockets({ model, pool }: TreePlan): Node[] {
  return [...model.files.values()].filter((file) => file.usk && pool.hasFile(file.id)).map(nodeOf);
}
