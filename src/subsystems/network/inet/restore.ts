// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry, InetSkEntry } from '../../../images/generated/messages.js';
import { wrong } from '../../../model/images.js';
import { atPort } from '../../../model/lookup.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { Strand } from '../../../program/index.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { AF_INET6, SO_REUSEADDR, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, TCP_LISTEN } from '../sockets/numbers.js';
import { bufferSizes, optionsAfterBind, optionsAfterData, optionsBeforeBind, setInt } from '../sockets/options-restore.js';
import { addressText, isAny, socketAddress } from './address.js';
import { isByItself, resendDatagrams } from './datagrams.js';
import { ipOptions, tcpOptions, transparentOptions, V6ONLY } from './options.js';

/** TCP sockets that listen or are not connected, UDP sockets. */
export const inetKind: DescriptorKind = {
  /** One whose address no other has, and which has no part in what others send and receive: order matters to none then. */
  alone(model, file) {
    const socket = entryOf(file);
    const { type, src_port } = socket;
    const others = src_port === 0 ? [] : atPort(model, type, src_port).filter(({ id }) => id !== file.id);
    if (others.some(({ isk }) => isk && mayMeet(socket, isk))) return false;
    return type === SOCK_STREAM || isByItself(model, file.id, socket);
  },
  create(plan, file, at) {
    const { root, pool } = plan;
    const socket = entryOf(file);
    const { family, type, proto } = socket;
    const what = describe(file.id, socket);
    const made = root.call('socket', [family, type | SOCK_CLOEXEC, proto], { why: `${what}: create`, save: true });
    pool.place(root, made, at, what);
    const options = { ...socket.opts };
    // Those that were bound with it may have given it up since, and share the port with others that did.
    const reuse = type === SOCK_STREAM || sharesPort(plan, file.id, socket);
    optionsBeforeBind(root, at, { ...options, reuseaddr: options.reuseaddr || reuse }, what);
    if (family === AF_INET6) setInt(root, at, V6ONLY.level, V6ONLY.option, socket.v6only ? 1 : 0, `${what}: v6only`);
    transparentOptions(root, at, socket, what);
    bufferSizes(root, at, options, what);
    bindSocket(root, at, socket, what);
    if (reuse && !options.reuseaddr) setInt(root, at, SOL_SOCKET, SO_REUSEADDR, 0, `${what}: reuseaddr as it was`);
    ipOptions(root, at, socket, what);
    if (type === SOCK_STREAM) tcpOptions(root, at, socket, what);
    optionsAfterBind(root, at, options, what);
    if (socket.state === TCP_LISTEN) root.call('listen', [at, socket.backlog], { why: `${what}: listen` });
    setStatus(root, at, socket.flags, what);
  },
  link(plan, file, at) {
    const socket = entryOf(file);
    if (socket.type !== SOCK_DGRAM) return;
    finishDatagram(plan, file, socket, at);
    if (plan.makers.ownerOf(file.id) && socket.opts) optionsAfterData(plan.root, at, socket.opts, describe(file.id, socket));
  },
};

/** What must not be in the way of datagrams that are sent again, through whichever socket. */
export const inetRestore: RestoreSubsystem = {
  name: 'inet',
  tree: {
    link({ model, pool, root }) {
      for (const { id, isk } of model.files.values())
        if (isk?.opts && isk.type === SOCK_DGRAM && pool.hasFile(id))
          optionsAfterData(root, pool.file(id), isk.opts, describe(id, isk));
    },
  },
};

/** Datagrams before the connection, which would keep those of other senders out. */
function finishDatagram(plan: TreePlan, file: FileEntry, socket: InetSkEntry, at: number): void {
  const { root } = plan;
  const what = describe(file.id, socket);
  resendDatagrams(plan, file.id, socket, what);
  if (socket.dst_port) {
    const peer = socketAddress(socket.family, socket.dst_addr, socket.dst_port, socket.scope);
    const to = addressText(socket.family, socket.dst_addr, socket.dst_port);
    root.call('connect', [at, root.bytes(peer), peer.length], { why: `${what}: connect to ${to}` });
  }
  if (socket.shutdown) root.call('shutdown', [at, socket.shutdown - 1], { why: `${what}: shutdown` });
}

function sharesPort({ model }: TreePlan, id: number, { type, src_port }: InetSkEntry): boolean {
  return src_port !== 0 && atPort(model, type, src_port).some((other) => other.id !== id);
}

/** Of two at one port: whether either could be in the way of the other. */
function mayMeet(one: InetSkEntry, other: InetSkEntry): boolean {
  return one.family !== other.family || isAny(one) || isAny(other) || one.src_addr.every((word, i) => word === other.src_addr[i]);
}

function bindSocket(root: Strand, at: number, socket: InetSkEntry, what: string): void {
  const { family, src_addr, src_port, scope } = socket;
  if (!src_port && isAny(socket)) return;
  const address = socketAddress(family, src_addr, src_port, scope);
  root.call('bind', [at, root.bytes(address), address.length], { why: `${what}: bind` });
}

function describe(id: number, { type, family, src_addr, src_port }: InetSkEntry): string {
  return `${type === SOCK_STREAM ? 'TCP' : 'UDP'} socket ${id} at ${addressText(family, src_addr, src_port)}`;
}

function entryOf(file: FileEntry): InetSkEntry {
  if (!file.isk) throw wrong('files.img', `file ${file.id} is an inet socket without isk`);
  return file.isk;
}
