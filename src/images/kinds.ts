// SPDX-License-Identifier: LGPL-2.1-only
import type { Messages } from './generated/messages.js';

/** First word of an image, except of the inventory. */
export const COMMON_MAGIC = 0x54564319;
/** First word of files that are not part of the state: statistics and caches. */
export const SERVICE_MAGIC = 0x55105940;

/** What follows an entry, outside its message. */
type PayloadRule =
  /** As many bytes as the message's fields say. */
  | {
      readonly lengths: readonly string[];
      readonly unless?: string;
      readonly align?: number;
      readonly unit?: number;
      readonly plus?: number;
    }
  /** Everything to the end of the file, or chunks. */
  | 'ghost'
  /** Messages of a System V queue, each with a header of its own. */
  | 'queue';

export interface Kind {
  /** As `crit` calls it. */
  readonly name: string;
  readonly magic: number;
  readonly message: keyof Messages;
  /** Message of the first entry, where it differs. */
  readonly head?: keyof Messages;
  /** The file's name: `*` stands for a number (decimal, for `ghost-file` and `tcp-stream` hexadecimal). */
  readonly files: readonly string[];
  readonly header: 'common' | 'service' | 'bare';
  readonly payload?: PayloadRule;
}

type Extra = Partial<Pick<Kind, 'head' | 'header' | 'payload'>>;

function kind<const N extends string, const M extends keyof Messages>(
  name: N,
  magic: number,
  message: M,
  files: string,
  extra: Extra = {},
): Kind & { readonly name: N; readonly message: M } {
  return { header: 'common', ...extra, name, magic, message, files: files.split(' ') };
}

/** Every kind of image that is made of messages. Magic numbers: `criu/include/magic.h` of CRIU. */
export const KINDS = {
  INVENTORY: kind('INVENTORY', 0x58313116, 'inventory_entry', 'inventory.img', { header: 'bare' }),
  PSTREE: kind('PSTREE', 0x50273030, 'pstree_entry', 'pstree.img'),
  CORE: kind('CORE', 0x55053847, 'core_entry', 'core-*.img'),
  IDS: kind('IDS', 0x54432030, 'task_kobj_ids_entry', 'ids-*.img'),
  MM: kind('MM', 0x57492820, 'mm_entry', 'mm-*.img'),
  FS: kind('FS', 0x51403912, 'fs_entry', 'fs-*.img'),
  CREDS: kind('CREDS', 0x54023547, 'creds_entry', 'creds-*.img'),
  PAGEMAP: kind('PAGEMAP', 0x56084025, 'pagemap_entry', 'pagemap-*.img pagemap-shmem-*.img', { head: 'pagemap_head' }),
  FDINFO: kind('FDINFO', 0x56213732, 'fdinfo_entry', 'fdinfo-*.img'),
  FILES: kind('FILES', 0x56303138, 'file_entry', 'files.img'),
  PIPES_DATA: kind('PIPES_DATA', 0x56453709, 'pipe_data_entry', 'pipes-data.img', { payload: { lengths: ['bytes'] } }),
  FIFO_DATA: kind('FIFO_DATA', 0x59333054, 'pipe_data_entry', 'fifo-data.img', { payload: { lengths: ['bytes'] } }),
  SK_QUEUES: kind('SK_QUEUES', 0x56264026, 'sk_packet_entry', 'sk-queues.img', { payload: { lengths: ['length'] } }),
  TTY_INFO: kind('TTY_INFO', 0x59453036, 'tty_info_entry', 'tty-info.img'),
  TTY_DATA: kind('TTY_DATA', 0x59413026, 'tty_data_entry', 'tty-data.img'),
  REMAP_FPATH: kind('REMAP_FPATH', 0x59133954, 'remap_file_path_entry', 'remap-fpath.img'),
  GHOST_FILE: kind('GHOST_FILE', 0x52583605, 'ghost_chunk_entry', 'ghost-file-*.img', {
    head: 'ghost_file_entry',
    payload: 'ghost',
  }),
  MEMFD_INODE: kind('MEMFD_INODE', 0x48453499, 'memfd_inode_entry', 'memfd.img'),
  FILE_LOCKS: kind('FILE_LOCKS', 0x54323616, 'file_lock_entry', 'filelocks.img'),
  SECCOMP: kind('SECCOMP', 0x64413049, 'seccomp_entry', 'seccomp.img'),
  CGROUP: kind('CGROUP', 0x59383330, 'cgroup_entry', 'cgroup.img'),
  APPARMOR: kind('APPARMOR', 0x59423047, 'apparmor_entry', 'apparmor.img'),
  TCP_STREAM: kind('TCP_STREAM', 0x51465506, 'tcp_stream_entry', 'tcp-stream-*.img', {
    payload: { lengths: ['inq_len', 'outq_len'] },
  }),
  BPFMAP_FILE: kind('BPFMAP_FILE', 0x57506142, 'bpfmap_file_entry', 'bpfmap-file.img'),
  BPFMAP_DATA: kind('BPFMAP_DATA', 0x64324033, 'bpfmap_data_entry', 'bpfmap-data.img', {
    payload: { lengths: ['keys_bytes', 'values_bytes'] },
  }),
  CPUINFO: kind('CPUINFO', 0x61404013, 'cpuinfo_entry', 'cpuinfo.img'),
  STATS: kind('STATS', 0x57093306, 'stats_entry', 'stats-dump stats-restore', { header: 'service' }),
  IRMAP_CACHE: kind('IRMAP_CACHE', 0x57004059, 'irmap_cache_entry', 'irmap-cache', { header: 'service' }),
  STASIS: kind('STASIS', 0x53415453, 'Manifest', 'stasis.img', { payload: { lengths: [], plus: 4 } }),

  UTSNS: kind('UTSNS', 0x54473203, 'utsns_entry', 'utsns-*.img'),
  USERNS: kind('USERNS', 0x55474906, 'userns_entry', 'userns-*.img'),
  TIMENS: kind('TIMENS', 0x43114433, 'timens_entry', 'timens-*.img'),
  PIDNS: kind('PIDNS', 0x61157326, 'pidns_entry', 'pidns-*.img'),
  MNTS: kind('MNTS', 0x55563928, 'mnt_entry', 'mountpoints-*.img'),
  NETDEV: kind('NETDEV', 0x57373951, 'net_device_entry', 'netdev-*.img'),
  NETNS: kind('NETNS', 0x55933752, 'netns_entry', 'netns-*.img'),
  IPC_VAR: kind('IPC_VAR', 0x53115007, 'ipc_var_entry', 'ipcns-var-*.img'),
  IPCNS_SHM: kind('IPCNS_SHM', 0x46283044, 'ipc_shm_entry', 'ipcns-shm-*.img', {
    payload: { lengths: ['size'], unless: 'in_pagemaps', align: 4 },
  }),
  IPCNS_SEM: kind('IPCNS_SEM', 0x59573019, 'ipc_sem_entry', 'ipcns-sem-*.img', {
    payload: { lengths: ['nsems'], unit: 2, align: 8 },
  }),
  IPCNS_MSG: kind('IPCNS_MSG', 0x55453737, 'ipc_msg_entry', 'ipcns-msg-*.img', { payload: 'queue' }),
  AUTOFS: kind('AUTOFS', 0x49353943, 'autofs_entry', 'autofs-*.img'),
  BINFMT_MISC: kind('BINFMT_MISC', 0x67343323, 'binfmt_misc_entry', 'binfmt-misc.img binfmt-misc-*.img'),

  // Written by CRIU before 3.x, or inside files.img and core-*.img since.
  VMAS: kind('VMAS', 0x54123737, 'vma_entry', 'vmas-*.img'),
  SIGACT: kind('SIGACT', 0x55344201, 'sa_entry', 'sigacts-*.img'),
  ITIMERS: kind('ITIMERS', 0x57464056, 'itimer_entry', 'itimers-*.img'),
  POSIX_TIMERS: kind('POSIX_TIMERS', 0x52603957, 'posix_timer_entry', 'posix-timers-*.img'),
  RLIMIT: kind('RLIMIT', 0x57113925, 'rlimit_entry', 'rlimit-*.img'),
  SIGNAL: kind('SIGNAL', 0x59255647, 'siginfo_entry', 'signal-s-*.img signal-p-*.img'),
  REG_FILES: kind('REG_FILES', 0x50363636, 'reg_file_entry', 'reg-files.img'),
  EXT_FILES: kind('EXT_FILES', 0x59255641, 'ext_file_entry', 'ext-files.img'),
  NS_FILES: kind('NS_FILES', 0x61394011, 'ns_file_entry', 'ns-files.img'),
  PIPES: kind('PIPES', 0x56513555, 'pipe_entry', 'pipes.img'),
  FIFO: kind('FIFO', 0x58364939, 'fifo_entry', 'fifo.img'),
  UNIXSK: kind('UNIXSK', 0x54373943, 'unix_sk_entry', 'unixsk.img'),
  INETSK: kind('INETSK', 0x56443851, 'inet_sk_entry', 'inetsk.img'),
  PACKETSK: kind('PACKETSK', 0x60454618, 'packet_sock_entry', 'packetsk.img'),
  NETLINK_SK: kind('NETLINK_SK', 0x58005614, 'netlink_sk_entry', 'netlinksk.img'),
  EVENTFD_FILE: kind('EVENTFD_FILE', 0x44523722, 'eventfd_file_entry', 'eventfd.img'),
  EVENTPOLL_FILE: kind('EVENTPOLL_FILE', 0x45023858, 'eventpoll_file_entry', 'eventpoll.img'),
  EVENTPOLL_TFD: kind('EVENTPOLL_TFD', 0x44433746, 'eventpoll_tfd_entry', 'eventpoll-tfd.img'),
  SIGNALFD: kind('SIGNALFD', 0x57323820, 'signalfd_entry', 'signalfd.img'),
  TIMERFD: kind('TIMERFD', 0x50493712, 'timerfd_entry', 'timerfd.img'),
  INOTIFY_FILE: kind('INOTIFY_FILE', 0x48424431, 'inotify_file_entry', 'inotify.img'),
  INOTIFY_WD: kind('INOTIFY_WD', 0x54562009, 'inotify_wd_entry', 'inotify-wd.img'),
  FANOTIFY_FILE: kind('FANOTIFY_FILE', 0x55096122, 'fanotify_file_entry', 'fanotify.img'),
  FANOTIFY_MARK: kind('FANOTIFY_MARK', 0x56506035, 'fanotify_mark_entry', 'fanotify-mark.img'),
  TTY_FILES: kind('TTY_FILES', 0x59433025, 'tty_file_entry', 'tty.img'),
  TUNFILE: kind('TUNFILE', 0x57143751, 'tunfile_entry', 'tunfile.img'),
  PIDFD: kind('PIDFD', 0x54435556, 'pidfd_entry', 'pidfd.img'),
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;
/** The message that entries of a kind are. */
export type MessageOf<K extends KindName> = Messages[(typeof KINDS)[K]['message']];

/** `core-412.img`: the name of an image, with its number where there are several of the kind. */
export function imageName(name: KindName, id?: number): string {
  const [form] = KINDS[name].files as readonly string[];
  if (form === undefined || id === undefined) return form ?? name;
  return form.replace('*', HEXADECIMAL.has(name) ? id.toString(16) : String(id));
}

const HEXADECIMAL: ReadonlySet<KindName> = new Set(['GHOST_FILE', 'TCP_STREAM']);
const BY_MAGIC = new Map<number, Kind>(Object.values(KINDS).map((entry) => [entry.magic, entry]));

export function kindOfMagic(magic: number): Kind | undefined {
  return BY_MAGIC.get(magic);
}

/** What a file's name says about it: `raw` files (memory pages, archives) have no magic number. */
export function kindOfName(name: string): Kind | 'raw' | undefined {
  if (RAW.test(name)) return 'raw';
  return BY_FILE.get(name.replace(/-(\d+|[0-9a-f]+)\.img$/, '-*.img')) ?? BY_FILE.get(name);
}

const BY_FILE = new Map<string, Kind>(
  Object.values<Kind>(KINDS).flatMap((entry) => entry.files.map((file) => [file, entry] as const)),
);

const RAW = /^pages-(shmem-)?\d+\.img$|\.tar\.gz$|^(ifaddr|route6?|rule|ip6?tables|nftables|netns-(ct|exp))-\d+\.img$/;
