// SPDX-License-Identifier: GPL-2.0-only
import type { SocketOptions } from '../../../facts/generated.js';
import type { SkOptsEntry } from '../../../images/generated/messages.js';
import type { U64 } from '../../../images/wire/u64.js';

const SOCK_SNDBUF_LOCK = 1;
const SOCK_RCVBUF_LOCK = 2;

/** Options of any socket, in the form of sk_opts_entry. */
export function socketOptions(options: SocketOptions): SkOptsEntry {
  const flag = (set: boolean) => (set ? true : undefined);
  const locks = (options.sndbufLocked ? SOCK_SNDBUF_LOCK : 0) | (options.rcvbufLocked ? SOCK_RCVBUF_LOCK : 0);
  return {
    so_sndbuf: options.sndbuf,
    so_rcvbuf: options.rcvbuf,
    so_snd_tmo_sec: options.sndtimeoSec,
    so_snd_tmo_usec: options.sndtimeoUsec,
    so_rcv_tmo_sec: options.rcvtimeoSec,
    so_rcv_tmo_usec: options.rcvtimeoUsec,
    reuseaddr: options.reuseaddr,
    so_reuseport: options.reuseport,
    so_keepalive: flag(options.keepalive),
    so_broadcast: flag(options.broadcast),
    so_passcred: flag(options.passcred),
    so_passsec: flag(options.passsec),
    so_oobinline: options.oobinline ? 1 : undefined,
    so_dontroute: flag(options.dontroute),
    so_no_check: flag(options.noCheck),
    so_timestamp: flag(options.timestamp),
    so_timestampns: flag(options.timestampns),
    so_passpidfd: flag(options.passpidfd),
    so_rxq_ovfl: flag(options.rxqOvfl),
    so_zerocopy: flag(options.zerocopy),
    so_mark: options.mark || undefined,
    so_priority: options.priority || undefined,
    so_rcvlowat: options.rcvlowat > 1 ? options.rcvlowat : undefined,
    so_linger: options.linger >= 0 ? options.linger : undefined,
    so_bound_dev: options.boundDevice || undefined,
    so_buf_lock: locks || undefined,
    so_filter: filterWords(options.filter),
    more: options.more.map(({ long, ...option }) => ({ ...option, long: long.length > 0 ? long : undefined })),
  };
}

/** struct sock_filter × n, each as one little-endian number. */
function filterWords(filter: Uint8Array): U64[] {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const words: U64[] = [];
  for (let at = 0; at + 8 <= filter.length; at += 8) words.push(view.getBigUint64(at, true));
  return words;
}
