// SPDX-License-Identifier: GPL-2.0-only
import type { TreePlan } from '../../../plan/tree.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { SOCK_DGRAM } from '../sockets/numbers.js';
import { bufferSizes, optionsAfterBind } from '../sockets/options-restore.js';
import { checkNames } from './check.js';
import { make } from './create.js';
import { makeStrangers } from './datagrams.js';
import { bringLate, fill } from './last-state.js';
import { describe } from './name.js';
import { hasLostPeer, type Node, networkOf, nodeOf } from './network.js';
import { hasSenders } from './queues.js';

/** unix(7). */
export const unixKind: DescriptorKind = {
  create(plan, file, at) {
    const node = nodeOf(file);
    const what = describe(node);
    make(plan, node, at, what);
    const { root } = plan;
    bufferSizes(root, at, node.socket.opts, what);
    optionsAfterBind(root, at, node.socket.opts, what);
    setStatus(root, at, node.socket.flags, what);
  },
};

/** Shutdown states come last: data could not be sent any more. Names must be free. */
export const unixRestore: RestoreSubsystem = {
  name: 'unix',
  check: checkNames,
  tree: {
    link(plan) {
      const early = sockets(plan).filter((node) => !isLate(plan, node));
      for (const node of networkOf(plan.model).followersFirst(early)) fill(plan, node);
      for (const node of early) shutDown(plan, node);
      for (const node of sockets(plan)) if (node.socket.type === SOCK_DGRAM && isLate(plan, node)) makeStrangers(plan, node);
    },
  },
  task: {
    /** Messages that bear the pids of their senders can be sent when those exist. */
    attach({ tree, task }) {
      if (task !== tree.model.root) return;
      const late = sockets(tree).filter((node) => isLate(tree, node));
      bringLate(tree, [...networkOf(tree.model).followersFirst(late)]);
      for (const node of late) shutDown(tree, node);
    },
  },
};

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
