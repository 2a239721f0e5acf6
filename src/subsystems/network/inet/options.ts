// SPDX-License-Identifier: GPL-2.0-only
import type { InetSkEntry } from '../../../images/generated/messages.js';
import type { Strand } from '../../../program/index.js';
import { AF_INET6 } from '../sockets/numbers.js';
import { setInt } from '../sockets/options-restore.js';

const SOL_IP = 0;
const SOL_TCP = 6;
const SOL_IPV6 = 41;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_PKTINFO = 8;
const IP_RECVERR = 11;
const IP_FREEBIND = 15;
const IP_TRANSPARENT = 19;
const IPV6_UNICAST_HOPS = 16;
const IPV6_RECVERR = 25;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const IPV6_TCLASS = 67;
const TCP_NODELAY = 1;
const TCP_CORK = 3;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const TCP_DEFER_ACCEPT = 9;
const TCP_CONGESTION = 13;
const TCP_USER_TIMEOUT = 18;
const TCP_FASTOPEN = 23;

export const V6ONLY = { level: SOL_IPV6, option: IPV6_V6ONLY };

/** What binding to an address that is not (yet) the host's own needs. */
export function transparentOptions(strand: Strand, fd: number, { ip_opts }: InetSkEntry, what: string): void {
  if (ip_opts?.freebind) setInt(strand, fd, SOL_IP, IP_FREEBIND, 1, `${what}: freebind`);
  if (ip_opts?.transparent) setInt(strand, fd, SOL_IP, IP_TRANSPARENT, 1, `${what}: transparent`);
}

export function ipOptions(strand: Strand, fd: number, { ip_opts, family }: InetSkEntry, what: string): void {
  if (!ip_opts) return;
  const set = (level: number, option: number, value: number | boolean | undefined, name: string) => {
    if (value !== undefined && value !== false) setInt(strand, fd, level, option, Number(value), `${what}: ${name}`);
  };
  set(SOL_IP, IP_PKTINFO, ip_opts.pktinfo, 'pktinfo');
  set(SOL_IP, IP_RECVERR, ip_opts.recverr, 'recverr');
  set(SOL_IP, IP_TOS, ip_opts.tos || undefined, 'tos');
  set(SOL_IP, IP_TTL, ip_opts.ttl || undefined, 'ttl');
  if (family !== AF_INET6) return;
  set(SOL_IPV6, IPV6_RECVPKTINFO, ip_opts.v6_pktinfo, 'v6 pktinfo');
  set(SOL_IPV6, IPV6_RECVERR, ip_opts.v6_recverr, 'v6 recverr');
  set(SOL_IPV6, IPV6_UNICAST_HOPS, ip_opts.v6_unicast_hops || undefined, 'v6 hops');
  set(SOL_IPV6, IPV6_TCLASS, ip_opts.v6_tclass || undefined, 'v6 traffic class');
}

export function tcpOptions(strand: Strand, fd: number, { tcp_opts }: InetSkEntry, what: string): void {
  if (!tcp_opts) return;
  const set = (option: number, value: number | boolean | undefined, name: string) => {
    if (value) setInt(strand, fd, SOL_TCP, option, Number(value), `${what}: ${name}`);
  };
  set(TCP_NODELAY, tcp_opts.nodelay, 'nodelay');
  set(TCP_CORK, tcp_opts.cork, 'cork');
  set(TCP_KEEPIDLE, tcp_opts.keepidle, 'keepidle');
  set(TCP_KEEPINTVL, tcp_opts.keepintvl, 'keepintvl');
  set(TCP_KEEPCNT, tcp_opts.keepcnt, 'keepcnt');
  set(TCP_DEFER_ACCEPT, tcp_opts.defer_accept, 'defer accept');
  set(TCP_USER_TIMEOUT, tcp_opts.user_timeout, 'user timeout');
  set(TCP_FASTOPEN, tcp_opts.fastopen, 'fast open');
  if (tcp_opts.congestion) {
    const { congestion } = tcp_opts;
    strand.call('setsockopt', [fd, SOL_TCP, TCP_CONGESTION, strand.path(congestion), congestion.length], {
      why: `${what}: congestion control ${congestion}`,
    });
  }
}
