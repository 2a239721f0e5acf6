// SPDX-License-Identifier: GPL-2.0-only
import type { InetSocket, SocketOptions } from '../../../facts/generated.js';
import { FdTypes } from '../../../images/generated/enums.js';
import { fown } from '../../descriptors/tables/fown.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { namespaceId } from '../../task/tasks/namespaces.js';
import { AF_INET, AF_INET6, SOCK_STREAM } from '../sockets/numbers.js';
import { socketOptions } from '../sockets/options-dump.js';
import { addQueue } from '../sockets/queue.js';

/** TCP sockets that listen or are not connected, UDP sockets with their unread datagrams. */
export const inetDump: DumpSubsystem = {
  name: 'inet',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      const { id, kind, flags, inet } = description;
      if (kind !== 'inet' || !inet.options) continue;
      const { options, shutdown } = inet;
      const isk = {
        id,
        ino: inet.ino,
        family: inet.family,
        type: inet.type,
        proto: inet.protocol,
        state: inet.state,
        src_port: inet.sourcePort,
        dst_port: inet.destinationPort,
        flags,
        backlog: inet.backlog,
        src_addr: words(inet, inet.source),
        dst_addr: words(inet, inet.destination),
        fown: fown(description),
        opts: socketOptions(options),
        ns_id: namespaceId(facts, 'net', inet.netNamespace),
        ip_opts: ipOptions(options),
        ...(inet.family === AF_INET6 ? { v6only: options.v6only } : {}),
        ...(inet.type === SOCK_STREAM ? { tcp_opts: tcpOptions(options) } : {}),
        ...(shutdown ? { shutdown } : {}),
        ...(inet.scope ? { scope: inet.scope } : {}),
        ...(inet.bindLocks ? { bind_locks: inet.bindLocks } : {}),
      };
      images.add('FILES', { type: FdTypes.INETSK, id, isk });
      addQueue(images, id, inet.queue);
    }
  },
};

/** Addresses as they lie in memory, one word for v4 and four for v6. */
function words({ family }: InetSocket, address: Uint8Array): number[] {
  const whole = new Uint8Array(family === AF_INET ? 4 : 16);
  whole.set(address.subarray(0, whole.length));
  return [...new Uint32Array(whole.buffer)];
}

function ipOptions(options: SocketOptions) {
  const flag = (set: boolean) => (set ? true : undefined);
  return {
    freebind: flag(options.freebind),
    pktinfo: flag(options.pktinfo),
    transparent: flag(options.ipTransparent),
    recverr: flag(options.recverr),
    v6_recverr: flag(options.v6Recverr),
    v6_pktinfo: flag(options.v6Pktinfo),
    tos: options.tos || undefined,
    ttl: options.ttl || undefined,
    v6_unicast_hops: options.v6UnicastHops || undefined,
    v6_tclass: options.v6Tclass || undefined,
  };
}

function tcpOptions(options: SocketOptions) {
  return {
    cork: options.tcpCork || undefined,
    nodelay: options.tcpNodelay || undefined,
    keepcnt: options.tcpKeepcnt || undefined,
    keepidle: options.tcpKeepidle || undefined,
    keepintvl: options.tcpKeepintvl || undefined,
    defer_accept: options.tcpDeferAccept || undefined,
    fastopen: options.tcpFastopen || undefined,
    congestion: options.congestion || undefined,
    user_timeout: options.tcpUserTimeout || undefined,
  };
}
