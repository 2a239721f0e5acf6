// SPDX-License-Identifier: LGPL-2.1-only
import { VMA_NAMES } from '../vma.js';

/** How a number reads best. */
export type Annotation =
  | { readonly as: 'hex' }
  /** major:minor, as the kernel packs them (20 bits) or as makedev(3) does. */
  | { readonly as: 'dev' | 'odev' }
  /** Words of an IP address. */
  | { readonly as: 'ip' }
  | { readonly as: 'flags'; readonly names: Names }
  /** A name for the whole value; `also`: names that are only read. */
  | { readonly as: 'name'; readonly names: Names; readonly also?: Names };

export type Names = readonly (readonly [string, number])[];

const OPEN_FLAGS: Names = [
  ['O_WRONLY', 0o1],
  ['O_RDWR', 0o2],
  ['O_CREAT', 0o100],
  ['O_EXCL', 0o200],
  ['O_NOCTTY', 0o400],
  ['O_TRUNC', 0o1000],
  ['O_APPEND', 0o2000],
  ['O_NONBLOCK', 0o4000],
  ['O_DSYNC', 0o10000],
  ['FASYNC', 0o20000],
  ['O_DIRECT', 0o40000],
  ['O_LARGEFILE', 0o100000],
  ['O_DIRECTORY', 0o200000],
  ['O_NOFOLLOW', 0o400000],
  ['O_NOATIME', 0o1000000],
  ['O_CLOEXEC', 0o2000000],
];
const PROT: Names = [
  ['PROT_READ', 1],
  ['PROT_WRITE', 2],
  ['PROT_EXEC', 4],
];
const MAP: Names = [
  ['MAP_SHARED', 1],
  ['MAP_PRIVATE', 2],
  ['MAP_DROPPABLE', 8],
  ['MAP_ANON', 0x20],
  ['MAP_GROWSDOWN', 0x100],
];
const SEALS: Names = [
  ['F_SEAL_SEAL', 1],
  ['F_SEAL_SHRINK', 2],
  ['F_SEAL_GROW', 4],
  ['F_SEAL_WRITE', 8],
  ['F_SEAL_FUTURE_WRITE', 16],
];
const PAGES: Names = [
  ['PE_PARENT', 1],
  ['PE_LAZY', 2],
  ['PE_PRESENT', 4],
];
const FAMILIES: Names = [
  ['UNIX', 1],
  ['INET', 2],
  ['INET6', 10],
  ['NETLINK', 16],
  ['PACKET', 17],
];
const SOCKET_TYPES: Names = [
  ['STREAM', 1],
  ['DGRAM', 2],
  ['RAW', 3],
  ['SEQPACKET', 5],
  ['PACKET', 10],
];
const SOCKET_STATES: Names = [
  ['ESTABLISHED', 1],
  ['SYN_SENT', 2],
  ['SYN_RECV', 3],
  ['FIN_WAIT1', 4],
  ['FIN_WAIT2', 5],
  ['TIME_WAIT', 6],
  ['CLOSE', 7],
  ['CLOSE_WAIT', 8],
  ['LAST_ACK', 9],
  ['LISTEN', 10],
];
const PROTOCOLS: Names = [
  ['IP', 0],
  ['TCP', 6],
  ['UDP', 17],
  ['UDPLITE', 136],
];
// crit prints 3 as Zombie and 6 as Stopped; a zombie is 2 and a stopped task 3. Its words are read as it means them.
const ALIVE: Names = [['Alive', 1]];
const CRIT_STATES: Names = [
  ['Zombie', 3],
  ['Stopped', 6],
];

const HEX = [
  'user_x86_cet_entry.cet user_x86_cet_entry.ssp thread_info_x86.clear_tid_addr thread_info_x86.gpregs',
  'thread_info_aarch64.clear_tid_addr thread_info_aarch64.gpregs',
  'task_core_entry.blk_sigset task_core_entry.blk_sigset_extended task_core_entry.membarrier_registration_mask',
  'mm_entry.mm_start_code mm_entry.mm_end_code mm_entry.mm_start_data mm_entry.mm_end_data mm_entry.mm_start_stack',
  'mm_entry.mm_start_brk mm_entry.mm_brk mm_entry.mm_arg_start mm_entry.mm_arg_end mm_entry.mm_env_start mm_entry.mm_env_end',
  'vma_entry.start vma_entry.end vma_entry.madv vma_entry.fdflags pagemap_entry.vaddr KernelMapping.start KernelMapping.end ManifestFile.crc32 ManifestFile.chunk_crc32',
  'sa_entry.sigaction sa_entry.flags sa_entry.restorer sa_entry.mask sa_entry.mask_extended',
  'pipe_entry.flags unix_sk_entry.flags unix_sk_entry.uflags inet_sk_entry.flags netlink_sk_entry.flags packet_sock_entry.flags',
  'timerfd_entry.flags timerfd_entry.settime_flags signalfd_entry.flags signalfd_entry.sigmask tty_file_entry.flags',
  'inotify_wd_entry.mask inotify_wd_entry.ignored_mask inotify_file_entry.flags tcp_stream_entry.opt_mask tun_link_entry.flags',
  'fanotify_mark_entry.mflags fanotify_mark_entry.mask fanotify_mark_entry.ignored_mask',
  'fanotify_file_entry.flags fanotify_file_entry.faflags fanotify_file_entry.evflags mnt_entry.flags mnt_entry.sb_flags net_device_entry.flags',
];

const BY_FIELD: Readonly<Record<string, Annotation>> = {
  'bpfmap_file_entry.flags': { as: 'flags', names: OPEN_FLAGS },
  'memfd_file_entry.flags': { as: 'flags', names: OPEN_FLAGS },
  'reg_file_entry.flags': { as: 'flags', names: OPEN_FLAGS },
  'memfd_inode_entry.seals': { as: 'flags', names: SEALS },
  'pagemap_entry.flags': { as: 'flags', names: PAGES },
  'vma_entry.prot': { as: 'flags', names: PROT },
  'vma_entry.flags': { as: 'flags', names: MAP },
  'vma_entry.status': { as: 'flags', names: VMA_NAMES },
  'task_core_entry.task_state': { as: 'name', names: ALIVE, also: CRIT_STATES },
  'inet_sk_entry.family': { as: 'name', names: FAMILIES },
  'inet_sk_entry.type': { as: 'name', names: SOCKET_TYPES },
  'inet_sk_entry.proto': { as: 'name', names: PROTOCOLS },
  'inet_sk_entry.state': { as: 'name', names: SOCKET_STATES },
  'unix_sk_entry.type': { as: 'name', names: SOCKET_TYPES },
  'unix_sk_entry.state': { as: 'name', names: SOCKET_STATES },
  'inet_sk_entry.src_addr': { as: 'ip' },
  'inet_sk_entry.dst_addr': { as: 'ip' },
  'sit_entry.local': { as: 'ip' },
  'sit_entry.remote': { as: 'ip' },
  'sit_entry.rd_prefix': { as: 'ip' },
  'sit_entry.relay_prefix': { as: 'ip' },
  'ghost_file_entry.dev': { as: 'dev' },
  'ghost_file_entry.rdev': { as: 'odev' },
  'irmap_cache_entry.dev': { as: 'odev' },
  'inotify_wd_entry.s_dev': { as: 'dev' },
  'fanotify_mark_entry.s_dev': { as: 'dev' },
  'mnt_entry.root_dev': { as: 'dev' },
};

const ALL = new Map<string, Annotation>(Object.entries(BY_FIELD));
for (const name of HEX.flatMap((row) => row.split(' '))) ALL.set(name, { as: 'hex' });

export function annotation(message: string, field: string): Annotation | undefined {
  return ALL.get(`${message}.${field}`);
}

/** Fields of bytes that read as text: quoted-printable instead of base64. */
export function isQuoted(message: string, field: string): boolean {
  return message === 'unix_sk_entry' && field === 'name';
}
