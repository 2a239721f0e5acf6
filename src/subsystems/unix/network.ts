// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, UnixSkEntry } from '../../images/generated/messages.js';
import { wrong } from '../../model/images.js';
import type { Model } from '../../model/types.js';
import { TCP_LISTEN } from '../sockets/numbers.js';
import { nameText } from './name.js';

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

  constructor(model: Model) {
    for (const { id, usk } of model.files.values()) {
      if (!usk) continue;
      const node = { id, socket: usk };
      this.byInode.set(usk.ino, node);
      if (usk.name.length === 0) continue;
      const key = `${usk.type}:${nameText(usk.name)}`;
      if (usk.state === TCP_LISTEN) this.listeners.set(key, node);
      if (!this.byName.has(key)) this.byName.set(key, node);
    }
  }

  peerOf({ id, socket }: Node): Node | undefined {
    if (!socket.peer) return undefined;
    const peer = this.byInode.get(socket.peer);
    if (!peer) throw wrong('files.img', `unix socket ${id} is connected to socket ${socket.peer}, which is not in the images`);
    return peer;
  }

  /** The listening socket that an accepted one has its name from. */
  listenerOf({ socket }: Node): Node | undefined {
    return this.listeners.get(`${socket.type}:${nameText(socket.name)}`);
  }

  /** Any socket of that type with the name. */
  named(type: number, name: Uint8Array): Node | undefined {
    return this.byName.get(`${type}:${nameText(name)}`);
  }
}

const NETWORKS = new WeakMap<Model, Network>();

export function networkOf(model: Model): Network {
  let network = NETWORKS.get(model);
  if (!network) {
    network = new Network(model);
    NETWORKS.set(model, network);
  }
  return network;
}

export function nodeOf(file: FileEntry): Node {
  if (!file.usk) throw wrong('files.img', `file ${file.id} is a unix socket without usk`);
  return { id: file.id, socket: file.usk };
}
