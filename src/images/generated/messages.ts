// SPDX-License-Identifier: LGPL-2.1-only
// Generated from proto/ by scripts/generate-images.ts: do not edit.
import type { U64 } from '../wire/u64.js';
import type { CoreEntryMarch, CpuinfoPpc64EntryEndianness, CpuinfoX86EntryVendor, FdTypes, Lsmtype, MarkType, NdType, RemapType, SeccompMode, SkShutdown, SysctlType, TtyType, UserX86RegsMode } from './enums.js';

export interface Executable {
  path: string;
  size: U64;
  mtime_ns?: U64 | undefined;
  build_id?: Uint8Array | undefined;
  file_id?: number | undefined;
}

export interface KernelMapping {
  name: string;
  start: U64;
  end: U64;
}

export interface Manifest {
  version: number;
  files: ManifestFile[];
  kernel_release?: string | undefined;
  machine?: string | undefined;
  tool?: string | undefined;
  vdso?: Vdso | undefined;
  executables: Executable[];
  dumped_at_ns?: U64 | undefined;
}

export interface ManifestFile {
  name: string;
  size: U64;
  crc32: number;
  chunk_size?: number | undefined;
  chunk_crc32: number[];
}

export interface Vdso {
  sha256: Uint8Array;
  size: U64;
  mappings: KernelMapping[];
}

export interface AaNamespace {
  name: string;
  policies: AaPolicy[];
  namespaces: AaNamespace[];
}

export interface AaPolicy {
  name: string;
  blob: Uint8Array;
}

export interface AioRingEntry {
  id: U64;
  nr_req: number;
  ring_len: number;
}

export interface ApparmorEntry {
  namespaces: AaNamespace[];
}

export interface AutofsEntry {
  fd: number;
  pgrp: number;
  timeout: number;
  minproto: number;
  maxproto: number;
  mode: number;
  uid?: number | undefined;
  gid?: number | undefined;
  read_fd?: number | undefined;
}

export interface BinfmtMiscEntry {
  name: string;
  enabled: boolean;
  interpreter: string;
  flags?: string | undefined;
  extension?: string | undefined;
  magic?: string | undefined;
  mask?: string | undefined;
  offset?: number | undefined;
}

export interface BpfmapDataEntry {
  map_id: number;
  keys_bytes: number;
  values_bytes: number;
  count: number;
}

export interface BpfmapFileEntry {
  id: number;
  flags: number;
  pos: U64;
  fown: FownEntry;
  map_type: number;
  key_size: number;
  value_size: number;
  map_id: number;
  max_entries: number;
  map_flags: number;
  memlock: U64;
  frozen: boolean;
  map_name: string;
  ifindex: number;
  mnt_id?: number | undefined;
  map_extra?: U64 | undefined;
}

export interface CgControllerEntry {
  cnames: string[];
  dirs: CgroupDirEntry[];
  is_threaded?: boolean | undefined;
}

export interface CgMemberEntry {
  name: string;
  path: string;
  cgns_prefix?: number | undefined;
}

export interface CgSetEntry {
  id: number;
  ctls: CgMemberEntry[];
}

export interface CgroupDirEntry {
  dir_name: string;
  children: CgroupDirEntry[];
  properties: CgroupPropEntry[];
  dir_perms?: CgroupPerms | undefined;
}

export interface CgroupEntry {
  sets: CgSetEntry[];
  controllers: CgControllerEntry[];
}

export interface CgroupPerms {
  mode: number;
  uid: number;
  gid: number;
}

export interface CgroupPropEntry {
  name: string;
  value: string;
  perms?: CgroupPerms | undefined;
}

export interface CoreEntry {
  mtype: CoreEntryMarch;
  thread_info?: ThreadInfoX86 | undefined;
  tc?: TaskCoreEntry | undefined;
  ids?: TaskKobjIdsEntry | undefined;
  thread_core?: ThreadCoreEntry | undefined;
  ti_aarch64?: ThreadInfoAarch64 | undefined;
}

export interface CpuinfoEntry {
  x86_entry: CpuinfoX86Entry[];
  ppc64_entry: CpuinfoPpc64Entry[];
  s390_entry: CpuinfoS390Entry[];
}

export interface CpuinfoPpc64Entry {
  endian: CpuinfoPpc64EntryEndianness;
  hwcap: U64[];
}

export interface CpuinfoS390Entry {
  hwcap: U64[];
}

export interface CpuinfoX86Entry {
  vendor_id: CpuinfoX86EntryVendor;
  cpu_family: number;
  model: number;
  stepping: number;
  capability_ver: number;
  capability: number[];
  model_id?: string | undefined;
  xfeatures_mask?: U64 | undefined;
  xsave_size?: number | undefined;
  xsave_size_max?: number | undefined;
}

export interface CredsEntry {
  uid: number;
  gid: number;
  euid: number;
  egid: number;
  suid: number;
  sgid: number;
  fsuid: number;
  fsgid: number;
  cap_inh: number[];
  cap_prm: number[];
  cap_eff: number[];
  cap_bnd: number[];
  secbits: number;
  groups: number[];
  lsm_profile?: string | undefined;
  lsm_sockcreate?: string | undefined;
  apparmor_data?: Uint8Array | undefined;
  no_new_privs?: number | undefined;
  cap_amb: number[];
}

export interface DumpStatsEntry {
  freezing_time: number;
  frozen_time: number;
  memdump_time: number;
  memwrite_time: number;
  pages_scanned: U64;
  pages_skipped_parent: U64;
  pages_written: U64;
  irmap_resolve?: number | undefined;
  pages_lazy: U64;
  page_pipes?: U64 | undefined;
  page_pipe_bufs?: U64 | undefined;
  shpages_scanned?: U64 | undefined;
  shpages_skipped_parent?: U64 | undefined;
  shpages_written?: U64 | undefined;
}

export interface EventfdFileEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  counter: U64;
  semaphore?: boolean | undefined;
}

export interface EventpollFileEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  tfd: EventpollTfdEntry[];
  busy_polling?: Uint8Array | undefined;
}

export interface EventpollTfdEntry {
  id: number;
  tfd: number;
  events: number;
  data: U64;
  dev?: number | undefined;
  inode?: U64 | undefined;
  pos?: U64 | undefined;
  file_id?: number | undefined;
}

export interface ExtFileEntry {
  id: number;
  fown: FownEntry;
}

export interface FanotifyFileEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  faflags: number;
  evflags: number;
  mark: FanotifyMarkEntry[];
}

export interface FanotifyInodeMarkEntry {
  i_ino: U64;
  f_handle: FhEntry;
}

export interface FanotifyMarkEntry {
  id: number;
  type: MarkType;
  mflags: number;
  mask: number;
  ignored_mask: number;
  s_dev: number;
  ie?: FanotifyInodeMarkEntry | undefined;
  me?: FanotifyMountMarkEntry | undefined;
}

export interface FanotifyMountMarkEntry {
  mnt_id: number;
  path?: string | undefined;
}

export interface FdinfoEntry {
  id: number;
  flags: number;
  type: FdTypes;
  fd: number;
  xattr_security_selinux?: string | undefined;
}

export interface FhEntry {
  bytes: number;
  type: number;
  handle: U64[];
  path?: string | undefined;
  mnt_id?: number | undefined;
}

export interface FifoEntry {
  id: number;
  pipe_id: number;
  regf_id?: number | undefined;
  awaits_writer?: boolean | undefined;
}

export interface FileEntry {
  type: FdTypes;
  id: number;
  reg?: RegFileEntry | undefined;
  isk?: InetSkEntry | undefined;
  nsf?: NsFileEntry | undefined;
  psk?: PacketSockEntry | undefined;
  nlsk?: NetlinkSkEntry | undefined;
  efd?: EventfdFileEntry | undefined;
  epfd?: EventpollFileEntry | undefined;
  sgfd?: SignalfdEntry | undefined;
  tunf?: TunfileEntry | undefined;
  tfd?: TimerfdEntry | undefined;
  ify?: InotifyFileEntry | undefined;
  ffy?: FanotifyFileEntry | undefined;
  ext?: ExtFileEntry | undefined;
  usk?: UnixSkEntry | undefined;
  fifo?: FifoEntry | undefined;
  pipe?: PipeEntry | undefined;
  tty?: TtyFileEntry | undefined;
  memfd?: MemfdFileEntry | undefined;
  bpf?: BpfmapFileEntry | undefined;
  pidfd?: PidfdEntry | undefined;
}

export interface FileLockEntry {
  flag: number;
  type: number;
  pid: number;
  fd: number;
  start: U64;
  len: U64;
  file_id?: number | undefined;
}

export interface FilePermsEntry {
  mode: number;
  uid: number;
  gid: number;
}

export interface FownEntry {
  uid: number;
  euid: number;
  signum: number;
  pid_type: number;
  pid: number;
}

export interface FsEntry {
  cwd_id: number;
  root_id: number;
  umask?: number | undefined;
}

export interface GhostChunkEntry {
  len: U64;
  off: U64;
}

export interface GhostFileEntry {
  uid: number;
  gid: number;
  mode: number;
  dev?: number | undefined;
  ino?: U64 | undefined;
  rdev?: number | undefined;
  atim?: Timeval | undefined;
  mtim?: Timeval | undefined;
  chunks?: boolean | undefined;
  size?: U64 | undefined;
  symlnk_target?: string | undefined;
  mtime_ns?: U64 | undefined;
  atime_ns?: U64 | undefined;
  unnamed?: number | undefined;
}

export interface InetSkEntry {
  id: number;
  ino: number;
  family: number;
  type: number;
  proto: number;
  state: number;
  src_port: number;
  dst_port: number;
  flags: number;
  backlog: number;
  src_addr: number[];
  dst_addr: number[];
  fown: FownEntry;
  opts: SkOptsEntry;
  v6only?: boolean | undefined;
  ip_opts?: IpOptsEntry | undefined;
  ifname?: string | undefined;
  ns_id?: number | undefined;
  shutdown?: SkShutdown | undefined;
  tcp_opts?: TcpOptsEntry | undefined;
  scope?: number | undefined;
  bind_locks?: number | undefined;
}

export interface InotifyFileEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  wd: InotifyWdEntry[];
}

export interface InotifyWdEntry {
  id: number;
  i_ino: U64;
  mask: number;
  ignored_mask: number;
  s_dev: number;
  wd: number;
  f_handle: FhEntry;
}

export interface InventoryEntry {
  img_version: number;
  fdinfo_per_id?: boolean | undefined;
  root_ids?: TaskKobjIdsEntry | undefined;
  ns_per_id?: boolean | undefined;
  root_cg_set?: number | undefined;
  lsmtype?: Lsmtype | undefined;
  dump_uptime?: U64 | undefined;
  pre_dump_mode?: number | undefined;
  tcp_close?: boolean | undefined;
  network_lock_method?: number | undefined;
  plugins_entry?: PluginsEntry | undefined;
  dump_criu_run_id?: string | undefined;
  allow_uprobes?: boolean | undefined;
}

export interface IpOptsEntry {
  freebind?: boolean | undefined;
  raw?: IpOptsRawEntry | undefined;
  pktinfo?: boolean | undefined;
  tos?: number | undefined;
  ttl?: number | undefined;
  transparent?: boolean | undefined;
  recverr?: boolean | undefined;
  v6_recverr?: boolean | undefined;
  v6_unicast_hops?: number | undefined;
  v6_tclass?: number | undefined;
  v6_pktinfo?: boolean | undefined;
}

export interface IpOptsRawEntry {
  hdrincl?: boolean | undefined;
  nodefrag?: boolean | undefined;
  checksum?: boolean | undefined;
  icmpv_filter: number[];
}

export interface IpcDescEntry {
  key: number;
  uid: number;
  gid: number;
  cuid: number;
  cgid: number;
  mode: number;
  id: number;
}

export interface IpcMsg {
  mtype: U64;
  msize: number;
}

export interface IpcMsgEntry {
  desc: IpcDescEntry;
  qbytes: number;
  qnum: number;
}

export interface IpcSemEntry {
  desc: IpcDescEntry;
  nsems: number;
}

export interface IpcShmEntry {
  desc: IpcDescEntry;
  size: U64;
  in_pagemaps?: boolean | undefined;
  hugetlb_flag?: number | undefined;
}

export interface IpcVarEntry {
  sem_ctls: number[];
  msg_ctlmax: number;
  msg_ctlmnb: number;
  msg_ctlmni: number;
  auto_msgmni: number;
  shm_ctlmax: U64;
  shm_ctlall: U64;
  shm_ctlmni: number;
  shm_rmid_forced: number;
  mq_queues_max: number;
  mq_msg_max: number;
  mq_msgsize_max: number;
  mq_msg_default?: number | undefined;
  mq_msgsize_default?: number | undefined;
  msg_next_id?: number | undefined;
  sem_next_id?: number | undefined;
  shm_next_id?: number | undefined;
}

export interface IrmapCacheEntry {
  dev: number;
  inode: U64;
  path: string;
}

export interface ItimerEntry {
  isec: U64;
  iusec: U64;
  vsec: U64;
  vusec: U64;
}

export interface MacvlanLinkEntry {
  mode: number;
  flags?: number | undefined;
}

export interface MappingPolicyEntry {
  start: U64;
  end: U64;
  policy: string;
}

export interface MemfdFileEntry {
  id: number;
  flags: number;
  pos: U64;
  fown: FownEntry;
  inode_id: number;
}

export interface MemfdInodeEntry {
  name: string;
  uid: number;
  gid: number;
  size: U64;
  shmid: number;
  seals: number;
  inode_id: U64;
  hugetlb_flag?: number | undefined;
  mode?: number | undefined;
  anonymous?: boolean | undefined;
}

export interface MmEntry {
  mm_start_code: U64;
  mm_end_code: U64;
  mm_start_data: U64;
  mm_end_data: U64;
  mm_start_stack: U64;
  mm_start_brk: U64;
  mm_brk: U64;
  mm_arg_start: U64;
  mm_arg_end: U64;
  mm_env_start: U64;
  mm_env_end: U64;
  exe_file_id: number;
  mm_saved_auxv: U64[];
  vmas: VmaEntry[];
  dumpable?: number | undefined;
  aios: AioRingEntry[];
  thp_disabled?: boolean | undefined;
  mlock_future?: number | undefined;
  full_auxv: U64[];
  protection_keys?: number | undefined;
  thp_except_advised?: boolean | undefined;
  memory_merge?: boolean | undefined;
  mdwe?: number | undefined;
  mapping_policies: MappingPolicyEntry[];
}

export interface MntEntry {
  fstype: number;
  mnt_id: number;
  root_dev: number;
  parent_mnt_id: number;
  flags: number;
  root: string;
  mountpoint: string;
  source: string;
  options: string;
  shared_id?: number | undefined;
  master_id?: number | undefined;
  with_plugin?: boolean | undefined;
  ext_mount?: boolean | undefined;
  fsname?: string | undefined;
  internal_sharing?: boolean | undefined;
  deleted?: boolean | undefined;
  sb_flags?: number | undefined;
  ext_key?: string | undefined;
}

export interface NetDeviceEntry {
  type: NdType;
  ifindex: number;
  mtu: number;
  flags: number;
  name: string;
  tun?: TunLinkEntry | undefined;
  address?: Uint8Array | undefined;
  conf: number[];
  conf4: SysctlEntry[];
  conf6: SysctlEntry[];
  macvlan?: MacvlanLinkEntry | undefined;
  peer_ifindex?: number | undefined;
  peer_nsid?: number | undefined;
  master?: number | undefined;
  sit?: SitEntry | undefined;
}

export interface NetlinkSkEntry {
  id: number;
  ino: number;
  protocol: number;
  state: number;
  flags: number;
  portid: number;
  groups: number[];
  dst_portid: number;
  dst_group: number;
  fown: FownEntry;
  opts: SkOptsEntry;
  ns_id?: number | undefined;
}

export interface NetnsEntry {
  def_conf: number[];
  all_conf: number[];
  def_conf4: SysctlEntry[];
  all_conf4: SysctlEntry[];
  def_conf6: SysctlEntry[];
  all_conf6: SysctlEntry[];
  nsids: NetnsId[];
  ext_key?: string | undefined;
  unix_conf: SysctlEntry[];
  ipv4_sysctl: SysctlEntry[];
}

export interface NetnsId {
  target_ns_id: number;
  netnsid_value: number;
}

export interface NsFileEntry {
  id: number;
  ns_id: number;
  ns_cflag: number;
  flags: number;
}

export interface PacAddressKeys {
  apiakey_lo: U64;
  apiakey_hi: U64;
  apibkey_lo: U64;
  apibkey_hi: U64;
  apdakey_lo: U64;
  apdakey_hi: U64;
  apdbkey_lo: U64;
  apdbkey_hi: U64;
  pac_enabled_key: U64;
}

export interface PacGenericKeys {
  apgakey_lo: U64;
  apgakey_hi: U64;
}

export interface PacKeys {
  pac_address_keys?: PacAddressKeys | undefined;
  pac_generic_keys?: PacGenericKeys | undefined;
}

export interface PacketMclist {
  index: number;
  type: number;
  addr: Uint8Array;
}

export interface PacketRing {
  block_size: number;
  block_nr: number;
  frame_size: number;
  frame_nr: number;
  retire_tmo: number;
  sizeof_priv: number;
  features: number;
}

export interface PacketSockEntry {
  id: number;
  type: number;
  protocol: number;
  flags: number;
  ifindex: number;
  fown: FownEntry;
  opts: SkOptsEntry;
  version: number;
  reserve: number;
  aux_data: boolean;
  orig_dev: boolean;
  vnet_hdr: boolean;
  loss: boolean;
  timestamp: number;
  copy_thresh: number;
  mclist: PacketMclist[];
  fanout?: number | undefined;
  rx_ring?: PacketRing | undefined;
  tx_ring?: PacketRing | undefined;
  ns_id?: number | undefined;
}

export interface PagemapEntry {
  vaddr: U64;
  compat_nr_pages: number;
  in_parent?: boolean | undefined;
  flags?: number | undefined;
  nr_pages?: U64 | undefined;
}

export interface PagemapHead {
  pages_id: number;
}

export interface PidfdEntry {
  id: number;
  ino: number;
  flags: number;
  nspid: number;
  fown: FownEntry;
}

export interface PidnsEntry {
  ext_key?: string | undefined;
}

export interface PipeDataEntry {
  pipe_id: number;
  bytes: number;
  size?: number | undefined;
  packets: number[];
  plain: number[];
  uid?: number | undefined;
  gid?: number | undefined;
  mode?: number | undefined;
}

export interface PipeEntry {
  id: number;
  pipe_id: number;
  flags: number;
  fown: FownEntry;
}

export interface PluginsEntry {
  plugins: string[];
}

export interface PosixTimerEntry {
  it_id: number;
  clock_id: number;
  si_signo: number;
  it_sigev_notify: number;
  sival_ptr: U64;
  overrun: number;
  isec: U64;
  insec: U64;
  vsec: U64;
  vnsec: U64;
  notify_thread_id?: number | undefined;
  expired_ns?: U64 | undefined;
}

export interface PstreeEntry {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  threads: number[];
}

export interface RegFileEntry {
  id: number;
  flags: number;
  pos: U64;
  fown: FownEntry;
  name: string;
  mnt_id?: number | undefined;
  size?: U64 | undefined;
  ext?: boolean | undefined;
  mode?: number | undefined;
  build_id: number[];
  checksum?: number | undefined;
  checksum_config?: number | undefined;
  checksum_parameter?: number | undefined;
  raw_name?: Uint8Array | undefined;
  pressure_trigger?: string | undefined;
}

export interface RemapFilePathEntry {
  orig_id: number;
  remap_id: number;
  remap_type?: RemapType | undefined;
}

export interface RestoreStatsEntry {
  pages_compared: U64;
  pages_skipped_cow: U64;
  forking_time: number;
  restore_time: number;
  pages_restored?: U64 | undefined;
}

export interface RlimitEntry {
  cur: U64;
  max: U64;
}

export interface RseqEntry {
  rseq_abi_pointer: U64;
  rseq_abi_size: number;
  signature: number;
  rseq_cs_pointer?: U64 | undefined;
}

export interface SaEntry {
  sigaction: U64;
  flags: U64;
  restorer: U64;
  mask: U64;
  compat_sigaction?: boolean | undefined;
  mask_extended?: U64 | undefined;
}

export interface ScmEntry {
  type: number;
  rights: number[];
}

export interface SeccompEntry {
  seccomp_filters: SeccompFilter[];
}

export interface SeccompFilter {
  filter: Uint8Array;
  prev?: number | undefined;
  flags?: number | undefined;
}

export interface SiginfoEntry {
  siginfo: Uint8Array;
}

export interface SignalQueueEntry {
  signals: SiginfoEntry[];
}

export interface SignalfdEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  sigmask: U64;
}

export interface SitEntry {
  link?: number | undefined;
  local: number[];
  remote: number[];
  ttl?: number | undefined;
  tos?: number | undefined;
  pmtudisc?: boolean | undefined;
  proto?: number | undefined;
  flags?: number | undefined;
  encap_type?: number | undefined;
  encap_flags?: number | undefined;
  encap_sport?: number | undefined;
  encap_dport?: number | undefined;
  rd_prefixlen?: number | undefined;
  rd_prefix: number[];
  relay_prefixlen?: number | undefined;
  relay_prefix: number[];
}

export interface SkOptsEntry {
  so_sndbuf: number;
  so_rcvbuf: number;
  so_snd_tmo_sec: U64;
  so_snd_tmo_usec: U64;
  so_rcv_tmo_sec: U64;
  so_rcv_tmo_usec: U64;
  reuseaddr?: boolean | undefined;
  so_priority?: number | undefined;
  so_rcvlowat?: number | undefined;
  so_mark?: number | undefined;
  so_passcred?: boolean | undefined;
  so_passsec?: boolean | undefined;
  so_dontroute?: boolean | undefined;
  so_no_check?: boolean | undefined;
  so_bound_dev?: string | undefined;
  so_filter: U64[];
  so_reuseport?: boolean | undefined;
  so_broadcast?: boolean | undefined;
  so_keepalive?: boolean | undefined;
  tcp_keepcnt?: number | undefined;
  tcp_keepidle?: number | undefined;
  tcp_keepintvl?: number | undefined;
  so_oobinline?: number | undefined;
  so_linger?: number | undefined;
  so_buf_lock?: number | undefined;
  so_timestamp?: boolean | undefined;
  so_timestampns?: boolean | undefined;
  so_passpidfd?: boolean | undefined;
  so_rxq_ovfl?: boolean | undefined;
  so_zerocopy?: boolean | undefined;
  more: StasisSocketOption[];
}

export interface SkPacketEntry {
  id_for: number;
  length: number;
  scm: ScmEntry[];
  address?: Uint8Array | undefined;
  cred_pid?: number | undefined;
  cred_uid?: number | undefined;
  cred_gid?: number | undefined;
}

export interface StasisSocketOption {
  level: number;
  name: number;
  value: number;
  long?: Uint8Array | undefined;
}

export interface StatsEntry {
  dump?: DumpStatsEntry | undefined;
  restore?: RestoreStatsEntry | undefined;
}

export interface SysctlEntry {
  type: SysctlType;
  iarg?: number | undefined;
  sarg?: string | undefined;
}

export interface TaskCoreEntry {
  task_state: number;
  exit_code: number;
  personality: number;
  flags: number;
  blk_sigset: U64;
  comm: string;
  timers?: TaskTimersEntry | undefined;
  rlimits?: TaskRlimitsEntry | undefined;
  cg_set?: number | undefined;
  signals_s?: SignalQueueEntry | undefined;
  old_seccomp_mode?: SeccompMode | undefined;
  old_seccomp_filter?: number | undefined;
  loginuid?: number | undefined;
  oom_score_adj?: number | undefined;
  sigactions: SaEntry[];
  child_subreaper?: boolean | undefined;
  blk_sigset_extended?: U64 | undefined;
  stop_signo?: number | undefined;
  membarrier_registration_mask?: number | undefined;
  exit_signal?: number | undefined;
  mce_kill?: number | undefined;
  tsc_mode?: number | undefined;
  cgroups: string[];
  raw_comm?: Uint8Array | undefined;
  coredump_filter?: number | undefined;
  membarrier?: number | undefined;
  autogroup_nice?: number | undefined;
}

export interface TaskKobjIdsEntry {
  vm_id: number;
  files_id: number;
  fs_id: number;
  sighand_id: number;
  pid_ns_id?: number | undefined;
  net_ns_id?: number | undefined;
  ipc_ns_id?: number | undefined;
  uts_ns_id?: number | undefined;
  mnt_ns_id?: number | undefined;
  user_ns_id?: number | undefined;
  cgroup_ns_id?: number | undefined;
  time_ns_id?: number | undefined;
}

export interface TaskRlimitsEntry {
  rlimits: RlimitEntry[];
}

export interface TaskTimersEntry {
  real: ItimerEntry;
  virt: ItimerEntry;
  prof: ItimerEntry;
  posix: PosixTimerEntry[];
}

export interface TcpOptsEntry {
  cork?: boolean | undefined;
  nodelay?: boolean | undefined;
  keepcnt?: number | undefined;
  keepidle?: number | undefined;
  keepintvl?: number | undefined;
  defer_accept?: number | undefined;
  fastopen?: number | undefined;
  congestion?: string | undefined;
  user_timeout?: number | undefined;
}

export interface TcpStreamEntry {
  inq_len: number;
  inq_seq: number;
  outq_len: number;
  outq_seq: number;
  opt_mask: number;
  snd_wscale: number;
  mss_clamp: number;
  rcv_wscale?: number | undefined;
  timestamp?: number | undefined;
  cork?: boolean | undefined;
  nodelay?: boolean | undefined;
  unsq_len?: number | undefined;
  snd_wl1?: number | undefined;
  snd_wnd?: number | undefined;
  max_window?: number | undefined;
  rcv_wnd?: number | undefined;
  rcv_wup?: number | undefined;
}

export interface TermiosEntry {
  c_iflag: number;
  c_oflag: number;
  c_cflag: number;
  c_lflag: number;
  c_line: number;
  c_ispeed: number;
  c_ospeed: number;
  c_cc: number[];
}

export interface ThreadCoreEntry {
  futex_rla: U64;
  futex_rla_len: number;
  sched_nice?: number | undefined;
  sched_policy?: number | undefined;
  sched_prio?: number | undefined;
  blk_sigset?: U64 | undefined;
  sas?: ThreadSasEntry | undefined;
  pdeath_sig?: number | undefined;
  signals_p?: SignalQueueEntry | undefined;
  creds?: CredsEntry | undefined;
  seccomp_mode?: SeccompMode | undefined;
  seccomp_filter?: number | undefined;
  comm?: string | undefined;
  blk_sigset_extended?: U64 | undefined;
  rseq_entry?: RseqEntry | undefined;
  cg_set?: number | undefined;
  affinity?: Uint8Array | undefined;
  timer_slack?: U64 | undefined;
  io_priority?: number | undefined;
  sched_flags?: U64 | undefined;
  sched_runtime?: U64 | undefined;
  sched_deadline?: U64 | undefined;
  sched_period?: U64 | undefined;
  raw_comm?: Uint8Array | undefined;
  interrupted?: number | undefined;
  tsc_mode?: number | undefined;
  io_flusher?: boolean | undefined;
  personality?: number | undefined;
  speculation: number[];
  memory_policy?: string | undefined;
}

export interface ThreadInfoAarch64 {
  clear_tid_addr: U64;
  tls: U64;
  gpregs: UserAarch64RegsEntry;
  fpsimd: UserAarch64FpsimdContextEntry;
  pac_keys?: PacKeys | undefined;
  sve?: Uint8Array | undefined;
  tagged_addr_ctrl?: U64 | undefined;
  tpidr2?: U64 | undefined;
}

export interface ThreadInfoX86 {
  clear_tid_addr: U64;
  gpregs: UserX86RegsEntry;
  fpregs: UserX86FpregsEntry;
  tls: UserDescT[];
  xsave?: Uint8Array | undefined;
}

export interface ThreadSasEntry {
  ss_sp: U64;
  ss_size: U64;
  ss_flags: number;
}

export interface TimensEntry {
  monotonic: Timespec;
  boottime: Timespec;
}

export interface TimerfdEntry {
  id: number;
  flags: number;
  fown: FownEntry;
  clockid: number;
  ticks: U64;
  settime_flags: number;
  vsec: U64;
  vnsec: U64;
  isec: U64;
  insec: U64;
}

export interface Timespec {
  tv_sec: U64;
  tv_nsec: U64;
}

export interface Timeval {
  tv_sec: U64;
  tv_usec: U64;
}

export interface TtyDataEntry {
  tty_id: number;
  data: Uint8Array;
  ends: number[];
}

export interface TtyFileEntry {
  id: number;
  tty_info_id: number;
  flags: number;
  fown: FownEntry;
  regf_id?: number | undefined;
}

export interface TtyInfoEntry {
  id: number;
  type: TtyType;
  locked: boolean;
  exclusive: boolean;
  packet_mode: boolean;
  sid: number;
  pgrp: number;
  rdev: number;
  termios?: TermiosEntry | undefined;
  termios_locked?: TermiosEntry | undefined;
  winsize?: WinsizeEntry | undefined;
  pty?: TtyPtyEntry | undefined;
  dev?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  mode?: number | undefined;
  termios2?: Uint8Array | undefined;
}

export interface TtyPtyEntry {
  index: number;
}

export interface TunLinkEntry {
  flags: number;
  owner: number;
  group: number;
  vnethdr: number;
  sndbuf: number;
}

export interface TunfileEntry {
  id: number;
  netdev?: string | undefined;
  detached?: boolean | undefined;
  ns_id?: number | undefined;
}

export interface UidGidExtent {
  first: number;
  lower_first: number;
  count: number;
}

export interface UnixSkEntry {
  id: number;
  ino: number;
  type: number;
  state: number;
  flags: number;
  uflags: number;
  backlog: number;
  peer: number;
  fown: FownEntry;
  opts: SkOptsEntry;
  name: Uint8Array;
  shutdown?: SkShutdown | undefined;
  file_perms?: FilePermsEntry | undefined;
  name_dir?: string | undefined;
  deleted?: boolean | undefined;
  ns_id?: number | undefined;
  mnt_id?: number | undefined;
  peer_pid?: number | undefined;
  peer_uid?: number | undefined;
  peer_gid?: number | undefined;
  moved_to?: Uint8Array | undefined;
  other_names: Uint8Array[];
  lost_peer?: boolean | undefined;
  lost_name?: Uint8Array | undefined;
  pending_error?: number | undefined;
}

export interface UserAarch64FpsimdContextEntry {
  vregs: U64[];
  fpsr: number;
  fpcr: number;
}

export interface UserAarch64RegsEntry {
  regs: U64[];
  sp: U64;
  pc: U64;
  pstate: U64;
}

export interface UserDescT {
  entry_number: number;
  base_addr: number;
  limit: number;
  seg_32bit: boolean;
  contents_h: boolean;
  contents_l: boolean;
  read_exec_only: boolean;
  limit_in_pages: boolean;
  seg_not_present: boolean;
  usable: boolean;
}

export interface UserX86CetEntry {
  cet: U64;
  ssp: U64;
}

export interface UserX86FpregsEntry {
  cwd: number;
  swd: number;
  twd: number;
  fop: number;
  rip: U64;
  rdp: U64;
  mxcsr: number;
  mxcsr_mask: number;
  st_space: number[];
  xmm_space: number[];
  padding: number[];
  xsave?: UserX86XsaveEntry | undefined;
}

export interface UserX86RegsEntry {
  r15: U64;
  r14: U64;
  r13: U64;
  r12: U64;
  bp: U64;
  bx: U64;
  r11: U64;
  r10: U64;
  r9: U64;
  r8: U64;
  ax: U64;
  cx: U64;
  dx: U64;
  si: U64;
  di: U64;
  orig_ax: U64;
  ip: U64;
  cs: U64;
  flags: U64;
  sp: U64;
  ss: U64;
  fs_base: U64;
  gs_base: U64;
  ds: U64;
  es: U64;
  fs: U64;
  gs: U64;
  mode?: UserX86RegsMode | undefined;
}

export interface UserX86XsaveEntry {
  xstate_bv: U64;
  ymmh_space: number[];
  bndreg_state: U64[];
  bndcsr_state: U64[];
  opmask_reg: U64[];
  zmm_upper: U64[];
  hi16_zmm: U64[];
  pkru: number[];
  cet?: UserX86CetEntry | undefined;
}

export interface UsernsEntry {
  uid_map: UidGidExtent[];
  gid_map: UidGidExtent[];
}

export interface UtsnsEntry {
  nodename: string;
  domainname: string;
}

export interface VmaEntry {
  start: U64;
  end: U64;
  pgoff: U64;
  shmid: U64;
  prot: number;
  flags: number;
  status: number;
  fd: U64;
  madv?: U64 | undefined;
  fdflags?: number | undefined;
  name?: string | undefined;
  lock_on_fault?: boolean | undefined;
  raw_name?: Uint8Array | undefined;
  accounted?: boolean | undefined;
  object_size?: U64 | undefined;
  protection_key?: number | undefined;
}

export interface WinsizeEntry {
  ws_row: number;
  ws_col: number;
  ws_xpixel: number;
  ws_ypixel: number;
}

/** Message types by the name they have in proto/. */
export interface Messages {
  Executable: Executable;
  KernelMapping: KernelMapping;
  Manifest: Manifest;
  ManifestFile: ManifestFile;
  Vdso: Vdso;
  aa_namespace: AaNamespace;
  aa_policy: AaPolicy;
  aio_ring_entry: AioRingEntry;
  apparmor_entry: ApparmorEntry;
  autofs_entry: AutofsEntry;
  binfmt_misc_entry: BinfmtMiscEntry;
  bpfmap_data_entry: BpfmapDataEntry;
  bpfmap_file_entry: BpfmapFileEntry;
  cg_controller_entry: CgControllerEntry;
  cg_member_entry: CgMemberEntry;
  cg_set_entry: CgSetEntry;
  cgroup_dir_entry: CgroupDirEntry;
  cgroup_entry: CgroupEntry;
  cgroup_perms: CgroupPerms;
  cgroup_prop_entry: CgroupPropEntry;
  core_entry: CoreEntry;
  cpuinfo_entry: CpuinfoEntry;
  cpuinfo_ppc64_entry: CpuinfoPpc64Entry;
  cpuinfo_s390_entry: CpuinfoS390Entry;
  cpuinfo_x86_entry: CpuinfoX86Entry;
  creds_entry: CredsEntry;
  dump_stats_entry: DumpStatsEntry;
  eventfd_file_entry: EventfdFileEntry;
  eventpoll_file_entry: EventpollFileEntry;
  eventpoll_tfd_entry: EventpollTfdEntry;
  ext_file_entry: ExtFileEntry;
  fanotify_file_entry: FanotifyFileEntry;
  fanotify_inode_mark_entry: FanotifyInodeMarkEntry;
  fanotify_mark_entry: FanotifyMarkEntry;
  fanotify_mount_mark_entry: FanotifyMountMarkEntry;
  fdinfo_entry: FdinfoEntry;
  fh_entry: FhEntry;
  fifo_entry: FifoEntry;
  file_entry: FileEntry;
  file_lock_entry: FileLockEntry;
  file_perms_entry: FilePermsEntry;
  fown_entry: FownEntry;
  fs_entry: FsEntry;
  ghost_chunk_entry: GhostChunkEntry;
  ghost_file_entry: GhostFileEntry;
  inet_sk_entry: InetSkEntry;
  inotify_file_entry: InotifyFileEntry;
  inotify_wd_entry: InotifyWdEntry;
  inventory_entry: InventoryEntry;
  ip_opts_entry: IpOptsEntry;
  ip_opts_raw_entry: IpOptsRawEntry;
  ipc_desc_entry: IpcDescEntry;
  ipc_msg: IpcMsg;
  ipc_msg_entry: IpcMsgEntry;
  ipc_sem_entry: IpcSemEntry;
  ipc_shm_entry: IpcShmEntry;
  ipc_var_entry: IpcVarEntry;
  irmap_cache_entry: IrmapCacheEntry;
  itimer_entry: ItimerEntry;
  macvlan_link_entry: MacvlanLinkEntry;
  mapping_policy_entry: MappingPolicyEntry;
  memfd_file_entry: MemfdFileEntry;
  memfd_inode_entry: MemfdInodeEntry;
  mm_entry: MmEntry;
  mnt_entry: MntEntry;
  net_device_entry: NetDeviceEntry;
  netlink_sk_entry: NetlinkSkEntry;
  netns_entry: NetnsEntry;
  netns_id: NetnsId;
  ns_file_entry: NsFileEntry;
  pac_address_keys: PacAddressKeys;
  pac_generic_keys: PacGenericKeys;
  pac_keys: PacKeys;
  packet_mclist: PacketMclist;
  packet_ring: PacketRing;
  packet_sock_entry: PacketSockEntry;
  pagemap_entry: PagemapEntry;
  pagemap_head: PagemapHead;
  pidfd_entry: PidfdEntry;
  pidns_entry: PidnsEntry;
  pipe_data_entry: PipeDataEntry;
  pipe_entry: PipeEntry;
  plugins_entry: PluginsEntry;
  posix_timer_entry: PosixTimerEntry;
  pstree_entry: PstreeEntry;
  reg_file_entry: RegFileEntry;
  remap_file_path_entry: RemapFilePathEntry;
  restore_stats_entry: RestoreStatsEntry;
  rlimit_entry: RlimitEntry;
  rseq_entry: RseqEntry;
  sa_entry: SaEntry;
  scm_entry: ScmEntry;
  seccomp_entry: SeccompEntry;
  seccomp_filter: SeccompFilter;
  siginfo_entry: SiginfoEntry;
  signal_queue_entry: SignalQueueEntry;
  signalfd_entry: SignalfdEntry;
  sit_entry: SitEntry;
  sk_opts_entry: SkOptsEntry;
  sk_packet_entry: SkPacketEntry;
  stasis_socket_option: StasisSocketOption;
  stats_entry: StatsEntry;
  sysctl_entry: SysctlEntry;
  task_core_entry: TaskCoreEntry;
  task_kobj_ids_entry: TaskKobjIdsEntry;
  task_rlimits_entry: TaskRlimitsEntry;
  task_timers_entry: TaskTimersEntry;
  tcp_opts_entry: TcpOptsEntry;
  tcp_stream_entry: TcpStreamEntry;
  termios_entry: TermiosEntry;
  thread_core_entry: ThreadCoreEntry;
  thread_info_aarch64: ThreadInfoAarch64;
  thread_info_x86: ThreadInfoX86;
  thread_sas_entry: ThreadSasEntry;
  timens_entry: TimensEntry;
  timerfd_entry: TimerfdEntry;
  timespec: Timespec;
  timeval: Timeval;
  tty_data_entry: TtyDataEntry;
  tty_file_entry: TtyFileEntry;
  tty_info_entry: TtyInfoEntry;
  tty_pty_entry: TtyPtyEntry;
  tun_link_entry: TunLinkEntry;
  tunfile_entry: TunfileEntry;
  uid_gid_extent: UidGidExtent;
  unix_sk_entry: UnixSkEntry;
  user_aarch64_fpsimd_context_entry: UserAarch64FpsimdContextEntry;
  user_aarch64_regs_entry: UserAarch64RegsEntry;
  user_desc_t: UserDescT;
  user_x86_cet_entry: UserX86CetEntry;
  user_x86_fpregs_entry: UserX86FpregsEntry;
  user_x86_regs_entry: UserX86RegsEntry;
  user_x86_xsave_entry: UserX86XsaveEntry;
  userns_entry: UsernsEntry;
  utsns_entry: UtsnsEntry;
  vma_entry: VmaEntry;
  winsize_entry: WinsizeEntry;
}
