// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync, statSync } from 'node:fs';
import { FdTypes } from '../../images/generated/enums.js';
import { F_SETFL } from '../../linux/fcntl.js';
import type { TreePlan } from '../../restore/plan.js';
import type { DescriptorKind } from '../descriptors/kind.js';
import type { RestoreSubsystem } from '../restore-side.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, TCP_ESTABLISHED } from '../sockets/numbers.js';
import { bufferSizes, optionsAfterBind } from '../sockets/options-restore.js';
import { lostPeer, makeAccepted, makePair, makeSingle, mutual } from './create.js';
import { absolutePath, isNamed, isPath, nameText, unixAddress } from './name.js';
import { type Node, networkOf, nodeOf } from './network.js';
import { sendMessage } from './send.js';

const MADE = new WeakMap<TreePlan, Set<number>>();

/** unix(7). */
export const unixKind: DescriptorKind = {
  type: FdTypes.UNIXSK,
  create(plan, file, at) {
    const node = nodeOf(file);
    make(plan, node, at);
    const { root } = plan;
    const what = describe(node);
    bufferSizes(root, at, node.socket.opts, what);
    optionsAfterBind(root, at, node.socket.opts, what);
    root.call('fcntl', [at, F_SETFL, node.socket.flags], { why: `${what}: status flags` });
  },
  link(plan, file, at) {
    const node = nodeOf(file);
    const what = describe(node);
    resend(plan, node, what);
    connectByName(plan, node, at, what);
    if (node.socket.state === TCP_ESTABLISHED && !node.socket.peer && node.socket.type !== SOCK_DGRAM) {
      plan.root.call('close', [lostPeer(plan, node.id)], { why: `${what}: its peer is gone` });
    }
  },
};

/** Shutdown states come last: data could not be sent any more. Names must be free. */
export const unixRestore: RestoreSubsystem = {
  name: 'unix',
  check(model, checks) {
    const taken = namesInUse();
    for (const { usk } of model.files.values()) {
      if (!usk || !isNamed(usk)) continue;
      const path = isPath(usk.name) ? absolutePath(usk) : nameText(usk.name);
      const object = `unix socket ${path}`;
      if (taken.has(path)) checks.problem({ operation: 'restore', object, cause: 'another socket has this name', hint: 'end the process that listens there' });
      else if (isPath(usk.name) && statSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
        checks.problem({ operation: 'restore', object, cause: 'there is another file of this name', hint: 'move the file away' });
      }
    }
  },
  tree: {
    link(plan) {
      for (const file of plan.model.files.values()) {
        if (!file.usk?.shutdown || !plan.pool.has(`file:${file.id}`)) continue;
        if (!file.usk.peer && file.usk.type !== SOCK_DGRAM) continue;
        plan.root.call('shutdown', [plan.pool.file(file.id), file.usk.shutdown - 1], { why: `${describe(nodeOf(file))}: shutdown` });
      }
    },
  },
};

function make(plan: TreePlan, node: Node, at: number): void {
  const done = madeOf(plan);
  if (done.has(node.id)) return;
  done.add(node.id);
  const what = describe(node);
  const { socket } = node;
  const peer = networkOf(plan.model).peerOf(node);
  if (socket.type === SOCK_DGRAM && !(peer && mutual(node, peer) && !isNamed(peer.socket))) makeSingle(plan, node, at, what);
  else if (peer) {
    done.add(peer.id);
    if (socket.type !== SOCK_DGRAM && (isNamed(socket) || isNamed(peer.socket))) makeAccepted(plan, node, peer, what);
    else makePair(plan, socket.type, at, plan.pool.file(peer.id), what);
  } else if (socket.state === TCP_ESTABLISHED) makePair(plan, socket.type, at, lostPeer(plan, node.id), what);
  else makeSingle(plan, node, at, what);
}

/** Unread messages, from the socket that may send there. */
function resend(plan: TreePlan, node: Node, what: string): void {
  const network = networkOf(plan.model);
  const peer = network.peerOf(node);
  const dgram = node.socket.type === SOCK_DGRAM;
  for (const packet of plan.images.withData('SK_QUEUES')) {
    if (packet.entry.id_for !== node.id) continue;
    const why = `${what}: unread message of ${packet.data.length} bytes`;
    if (!dgram || !isNamed(node.socket)) {
      sendMessage(plan, peer ? plan.pool.file(peer.id) : lostPeer(plan, node.id), packet, why);
      continue;
    }
    const name = packet.entry.address?.subarray(2) ?? new Uint8Array(0);
    const sender = name.length > 0 ? network.named(SOCK_DGRAM, name) : undefined;
    const to = unixAddress(node.socket.name);
    if (sender) sendMessage(plan, plan.pool.file(sender.id), packet, why, to);
    else sendFromStranger(plan, node.id, packet, why, to, name);
  }
}

/** The sender is gone: a socket with its name, for the moment. */
function sendFromStranger(plan: TreePlan, id: number, packet: Parameters<typeof sendMessage>[2], why: string, to: Buffer, name: Uint8Array): void {
  const { root, pool } = plan;
  const at = pool.number(`unix-sender:${id}`);
  const made = root.call('socket', [AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, at, why);
  if (name.length > 0 && !isPath(name)) {
    const address = unixAddress(name);
    root.call('bind', [at, root.bytes(address), address.length], { why });
  }
  sendMessage(plan, at, packet, why, to);
  root.call('close', [at], { why });
}

/** Datagram sockets are connected after their queues are filled: a connection keeps other senders out. */
function connectByName(plan: TreePlan, node: Node, at: number, what: string): void {
  const peer = networkOf(plan.model).peerOf(node);
  if (!peer || node.socket.type !== SOCK_DGRAM || !isNamed(peer.socket)) return;
  const address = unixAddress(peer.socket.name);
  plan.root.call('connect', [at, plan.root.bytes(address), address.length], { why: `${what}: connect to ${nameText(peer.socket.name)}` });
}

function madeOf(plan: TreePlan): Set<number> {
  let made = MADE.get(plan);
  if (!made) {
    made = new Set();
    MADE.set(plan, made);
  }
  return made;
}

function describe({ id, socket }: Node): string {
  return `unix socket ${id}${isNamed(socket) ? ` (${nameText(socket.name)})` : ''}`;
}

/** Names of sockets that exist now, from /proc/net/unix. */
function namesInUse(): Set<string> {
  const names = new Set<string>();
  for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n').slice(1)) {
    const name = line.trim().split(/\s+/).slice(7).join(' ');
    if (name) names.add(name);
  }
  return names;
}
