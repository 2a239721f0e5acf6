// SPDX-License-Identifier: GPL-2.0-only
import type { SkOptsEntry } from '../../../images/generated/messages.js';
import type { U64 } from '../../../images/wire/u64.js';
import { ANY, type Strand } from '../../../program/index.js';
import * as so from './numbers.js';

type Flag = readonly [keyof SkOptsEntry, number];

/** Before bind(2): they decide whether it succeeds, and where. */
const BEFORE_BIND: readonly Flag[] = [
  ['reuseaddr', so.SO_REUSEADDR],
  ['so_reuseport', so.SO_REUSEPORT],
];

const PLAIN: readonly Flag[] = [
  ['so_keepalive', so.SO_KEEPALIVE],
  ['so_broadcast', so.SO_BROADCAST],
  ['so_passcred', so.SO_PASSCRED],
  ['so_passsec', so.SO_PASSSEC],
  ['so_oobinline', so.SO_OOBINLINE],
  ['so_dontroute', so.SO_DONTROUTE],
  ['so_no_check', so.SO_NO_CHECK],
  ['so_timestamp', so.SO_TIMESTAMP],
  ['so_timestampns', so.SO_TIMESTAMPNS],
  ['so_passpidfd', so.SO_PASSPIDFD],
  ['so_rxq_ovfl', so.SO_RXQ_OVFL],
  ['so_zerocopy', so.SO_ZEROCOPY],
  ['so_mark', so.SO_MARK],
  ['so_priority', so.SO_PRIORITY],
  ['so_rcvlowat', so.SO_RCVLOWAT],
];

/** setsockopt(2) with an int. */
export function setInt(strand: Strand, fd: number, level: number, option: number, value: number, why: string): void {
  strand.call('setsockopt', [fd, level, option, strand.ints([value]), 4], { why });
}

export function optionsBeforeBind(strand: Strand, fd: number, options: SkOptsEntry, what: string): void {
  setFlags(strand, fd, options, BEFORE_BIND, what);
  if (options.so_bound_dev) {
    const { so_bound_dev: device } = options;
    strand.call('setsockopt', [fd, so.SOL_SOCKET, so.SO_BINDTODEVICE, strand.path(device), device.length + 1], {
      why: `${what}: device ${device}`,
    });
  }
}

/** The rest, buffer sizes excepted. */
export function optionsAfterBind(strand: Strand, fd: number, options: SkOptsEntry, what: string): void {
  setFlags(strand, fd, options, PLAIN, what);
  if (options.so_linger !== undefined) {
    strand.call('setsockopt', [fd, so.SOL_SOCKET, so.SO_LINGER, strand.ints([1, options.so_linger]), 8], {
      why: `${what}: linger`,
    });
  }
  timeout(strand, fd, so.SO_SNDTIMEO, [options.so_snd_tmo_sec, options.so_snd_tmo_usec], `${what}: send timeout`);
  timeout(strand, fd, so.SO_RCVTIMEO, [options.so_rcv_tmo_sec, options.so_rcv_tmo_usec], `${what}: receive timeout`);
  if (options.so_filter.length > 0) filter(strand, fd, options.so_filter, what);
  for (const option of options.more) if (!isLate(option)) setAny(strand, fd, option, what);
}

/** How datagrams are cut and joined, and whether messages may bear descriptors: once those that were unread are sent again. */
export function optionsAfterData(strand: Strand, fd: number, options: SkOptsEntry, what: string): void {
  for (const option of options.more) if (isLate(option)) setAny(strand, fd, option, what);
}

type Other = SkOptsEntry['more'][number];

function isLate({ level, name }: Other): boolean {
  return level === so.SOL_UDP || (level === so.SOL_SOCKET && name === so.SO_PASSRIGHTS);
}

function setAny(strand: Strand, fd: number, { level, name, value, long }: Other, what: string): void {
  const why = `${what}: option ${name} of level ${level}`;
  if (long) strand.call('setsockopt', [fd, level, name, strand.bytes(long, 8), long.length], { why });
  else setInt(strand, fd, level, name, value, why);
}

/**
 * Buffer sizes. The kernel doubles what it is told, and images hold what it reports. Sizes that nobody set are set all
 * the same, as a queue may have grown them, and the lock that setting leaves behind is taken off again (5.14).
 */
export function bufferSizes(strand: Strand, fd: number, options: SkOptsEntry, what: string): void {
  sendBuffer(strand, fd, options.so_sndbuf >> 1, `${what}: send buffer`);
  limited(strand, fd, [so.SO_RCVBUF, so.SO_RCVBUFFORCE], options.so_rcvbuf >> 1, `${what}: receive buffer`);
  const locks = options.so_buf_lock ?? 0;
  if (locks === 3) return;
  // MPTCP sockets have none, and kernels before 5.14 do not know the option.
  const how = { why: `${what}: buffer locks`, expect: ANY };
  strand.call('setsockopt', [fd, so.SOL_SOCKET, so.SO_BUF_LOCK, strand.ints([locks]), 4], how);
}

export function sendBuffer(strand: Strand, fd: number, bytes: number, why: string): void {
  limited(strand, fd, [so.SO_SNDBUF, so.SO_SNDBUFFORCE], bytes, why);
}

/** As much as the machine's limit allows, and then all of it, which may take CAP_NET_ADMIN. */
function limited(strand: Strand, fd: number, [plain, beyond]: readonly [number, number], bytes: number, why: string): void {
  setInt(strand, fd, so.SOL_SOCKET, plain, bytes, why);
  const how = { why: `${why}, whatever the limit`, expect: ANY };
  strand.call('setsockopt', [fd, so.SOL_SOCKET, beyond, strand.ints([bytes]), 4], how);
}

function setFlags(strand: Strand, fd: number, options: SkOptsEntry, flags: readonly Flag[], what: string): void {
  for (const [name, option] of flags) {
    const value = options[name];
    if (value) setInt(strand, fd, so.SOL_SOCKET, option, Number(value), `${what}: ${name.replace(/^so_/, '')}`);
  }
}

function timeout(strand: Strand, fd: number, option: number, value: readonly [U64, U64], why: string): void {
  if (value[0] || value[1]) strand.call('setsockopt', [fd, so.SOL_SOCKET, option, strand.words(value), 16], { why });
}

function filter(strand: Strand, fd: number, instructions: SkOptsEntry['so_filter'], what: string): void {
  const code = strand.words(instructions);
  // struct sock_fprog: unsigned short len, struct sock_filter *filter.
  const program = strand.words([instructions.length, 0]);
  strand.pointer(program.plus(8), code, `${what}: filter`);
  strand.call('setsockopt', [fd, so.SOL_SOCKET, so.SO_ATTACH_FILTER, program, 16], { why: `${what}: filter` });
}
