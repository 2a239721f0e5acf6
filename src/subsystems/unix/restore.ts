// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync, statSync } from 'node:fs';
import { FdTypes } from '../../images/generated/enums.js';
import type { UnixSkEntry } from '../../images/generated/messages.js';
import type { Model } from '../../model/types.js';
import type { NativeApi } from '../../native/contract.js';
import type { TreePlan } from '../../restore/plan.js';
import type { DescriptorKind } from '../descriptors/kind.js';
import { setStatus } from '../descriptors/status.js';
import type { RestoreSubsystem } from '../restore-side.js';
import { SOCK_DGRAM, TCP_ESTABLISHED } from '../sockets/numbers.js';
import { bufferSizes, optionsAfterBind } from '../sockets/options-restore.js';
import { lostPeer, makeAccepted, makePair, makeSingle, mutual } from './create.js';
import { absolutePath, absolutePathBytes, abstractName, isNamed, isPath, nameText } from './name.js';
import { type Node, networkOf, nodeOf } from './network.js';
import { connectByName, hasSenders, resend } from './queues.js';

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
    setStatus(root, at, node.socket.flags, what);
  },
  link(plan, file, at) {
    const node = nodeOf(file);
    if (!hasSenders(plan, node)) finish(plan, node, at);
  },
};

/** Shutdown states come last: data could not be sent any more. Names must be free. */
export const unixRestore: RestoreSubsystem = {
  name: 'unix',
  check(model, checks, native) {
    const abstract = abstractNames();
    const own = checks.standing ? ownNames(model) : undefined;
    for (const { usk } of model.files.values()) {
      if (!usk || !isNamed(usk)) continue;
      const object = `unix socket ${isPath(usk.name) ? absolutePath(usk) : nameText(usk.name)}`;
      const paths = places(usk).filter((path) => !own?.paths.has(path.toString('latin1')));
      const taken = isPath(usk.name)
        ? paths.some((path) => isTaken(path, native))
        : abstract.get(abstractName(usk.name))?.some((ino) => !own?.inodes.has(ino)) === true;
      if (taken)
        checks.problem({
          operation: 'restore',
          object,
          cause: 'another socket has this name',
          hint: 'end the process that listens there',
        });
      else if (isPath(usk.name) && paths.some(isOther)) {
        checks.problem({ operation: 'restore', object, cause: 'there is another file of this name', hint: 'move the file away' });
      }
    }
  },
  tree: {
    link(plan) {
      for (const node of sockets(plan)) if (!isLate(plan, node)) shutDown(plan, node);
    },
  },
  task: {
    /** Messages that bear the pids of their senders can be sent when those exist. */
    attach({ tree, task }) {
      if (task !== tree.model.root) return;
      for (const node of sockets(tree)) if (hasSenders(tree, node)) finish(tree, node, tree.pool.file(node.id));
      for (const node of sockets(tree)) if (isLate(tree, node)) shutDown(tree, node);
    },
  },
};

/** Its queue, its connection by name, and the end of a peer that is gone. */
function finish(plan: TreePlan, node: Node, at: number): void {
  const what = describe(node);
  resend(plan, node, what);
  connectByName(plan, node, at, what);
  if (node.socket.state === TCP_ESTABLISHED && !node.socket.peer && node.socket.type !== SOCK_DGRAM) {
    plan.root.call('close', [lostPeer(plan, node.id)], { why: `${what}: its peer is gone` });
  }
}

function shutDown(plan: TreePlan, node: Node): void {
  const { shutdown, peer, type } = node.socket;
  if (!shutdown || (!peer && type !== SOCK_DGRAM)) return;
  plan.root.call('shutdown', [plan.pool.file(node.id), shutdown - 1], { why: `${describe(node)}: shutdown` });
}

function isLate(plan: TreePlan, node: Node): boolean {
  const peer = networkOf(plan.model).peerOf(node);
  return hasSenders(plan, node) || (peer !== undefined && hasSenders(plan, peer));
}

function* sockets({ model, pool }: TreePlan): Generator<Node> {
  for (const file of model.files.values()) if (file.usk && pool.has(`file:${file.id}`)) yield nodeOf(file);
}

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

/** Paths that must be free: where it is bound, and where its file is by now. */
function places(socket: UnixSkEntry): Buffer[] {
  return [absolutePathBytes(socket), ...(socket.moved_to ? [Buffer.from(socket.moved_to)] : [])];
}

function isTaken(path: Buffer, native: NativeApi): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true && native.socketInUse(path);
}

function isOther(path: Buffer): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === false;
}

/** What the sockets of a tree have that is still standing. */
function ownNames({ files }: Model): { readonly paths: ReadonlySet<string>; readonly inodes: ReadonlySet<number> } {
  const paths = new Set<string>();
  const inodes = new Set<number>();
  for (const { usk } of files.values()) {
    if (!usk) continue;
    inodes.add(usk.ino);
    if (isPath(usk.name) && !usk.deleted) paths.add(Buffer.from(usk.moved_to ?? absolutePathBytes(usk)).toString('latin1'));
  }
  return { paths, inodes };
}

/** Inodes of sockets that exist now, by names without a file, from /proc/net/unix: each byte a character. */
function abstractNames(): Map<string, number[]> {
  const names = new Map<string, number[]>();
  for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n')) {
    const [, ino, name] = / (\d+) (@.*)$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const known = names.get(name);
    if (known) known.push(Number(ino));
    else names.set(name, [Number(ino)]);
  }
  return names;
}
