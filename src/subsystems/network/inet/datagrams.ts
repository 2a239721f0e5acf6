// SPDX-License-Identifier: GPL-2.0-only

import type { InetSkEntry } from '../../../images/generated/messages.js';
import { Derived, derived } from '../../../memo.js';
import { atPort } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { exactly } from '../../../program/index.js';
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from '../sockets/numbers.js';
import { isAny, socketAddress } from './address.js';

/**
 * Unread datagrams, sent again from the addresses they came from. Only an address of this host can be sent from:
 * the dump has refused others.
 */
export function resendDatagrams(plan: TreePlan, id: number, socket: InetSkEntry, what: string): void {
  const { root, images } = plan;
  const target = socketAddress(socket.family, deliverable(socket), socket.src_port, socket.scope);
  for (const { entry, data } of images.dataOf('SK_QUEUES', 'id_for', id)) {
    if (!entry.address) continue;
    const why = `${what}: unread datagram of ${data.length} bytes`;
    const own = senderOf(plan, socket.family, entry.address);
    if (own !== undefined) {
      root.call('sendto', [own, root.bytes(data), data.length, 0, root.bytes(target), target.length], {
        why,
        expect: exactly(data.length),
      });
      continue;
    }
    const sender = root.call('socket', [socket.family, SOCK_DGRAM | SOCK_CLOEXEC, 0], { why, save: true });
    const at = plan.pool.number(`datagrams:${id}`);
    plan.pool.place(root, sender, at, why);
    root.call('bind', [at, root.bytes(entry.address), entry.address.length], { why: `${why}: bind to its source` });
    root.call('sendto', [at, root.bytes(data), data.length, 0, root.bytes(target), target.length], {
      why,
      expect: exactly(data.length),
    });
    root.call('close', [at], { why });
  }
}

/** Whether all that is unread in it comes from itself, and nothing of it is unread elsewhere. */
export function isByItself(model: Model, id: number, { family, src_addr, src_port, scope }: InetSkEntry): boolean {
  const { from, to } = derived(model, TRAFFIC);
  const source = sourceOf(socketAddress(family, src_addr, src_port, scope));
  const only = <T>(all: ReadonlySet<T> | undefined, one: T) => [...(all ?? [])].every((other) => other === one);
  // One at any address may be known by each of this host's.
  if (isAny({ src_addr })) return to.get(id) === undefined && !from.ports.has(src_port);
  return only(to.get(id), source) && only(from.sources.get(source), id);
}

/** Family, port and address of a sockaddr. */
function sourceOf(address: Uint8Array): string {
  const bytes = Buffer.from(address);
  return bytes.readUInt16LE() === AF_INET ? bytes.toString('latin1', 0, 8) : bytes.toString('latin1', 0, 24);
}

/** Unread datagrams: who has some of a source, and of which sources somebody has some. */
const TRAFFIC = new Derived(({ images, files }: Model) => {
  const from = { sources: new Map<string, Set<number>>(), ports: new Set<number>() };
  const to = new Map<number, Set<string>>();
  for (const { id_for, address } of images.list('SK_QUEUES')) {
    if (!address || !files.get(id_for)?.isk) continue;
    const source = sourceOf(address);
    from.ports.add(Buffer.from(address).readUInt16BE(2));
    from.sources.set(source, (from.sources.get(source) ?? new Set()).add(id_for));
    to.set(id_for, (to.get(id_for) ?? new Set()).add(source));
  }
  return { from, to };
});

/** Pool number of the tree's own socket at that address, which is where the datagram came from. */
function senderOf({ model, pool }: TreePlan, family: number, address: Uint8Array): number | undefined {
  const wanted = Buffer.from(address);
  for (const { id, isk } of atPort(model, SOCK_DGRAM, wanted.readUInt16BE(2))) {
    if (isk?.family !== family || !pool.hasFile(id)) continue;
    const exact = socketAddress(family, isk.src_addr, isk.src_port, isk.scope);
    if (isAny(isk) || exact.subarray(0, 24).equals(wanted.subarray(0, Math.min(24, exact.length)))) return pool.file(id);
  }
  return undefined;
}

/** A socket bound to any address is reached through loopback. */
function deliverable({ family, src_addr }: InetSkEntry): number[] {
  if (src_addr.some((word) => word !== 0)) return src_addr;
  return family === AF_INET ? [0x0100007f] : [0, 0, 0, 0x01000000];
}
