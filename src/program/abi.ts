// SPDX-License-Identifier: GPL-2.0-only
// Made from crates/abi, where everything is described; do not edit.
// cargo run -p stasis-abi --example typescript > src/program/abi.ts

export const VERSION = 2;
export const DATA_AT = 512;
export const STACK_SIZE = 65536;
export const STACKS_ALIGN = 4096;
export const NO_SLOT = 65535;
export const GLOBALS = 32;
export const CANDIDATES = 16;
export const ORPHAN_GOES_HOME = 0;
export const ORPHAN_DIES = 1;
export const ABORT_BY_HOST = 4294967295;
/** `STASISAR` as a little-endian number. */
export const MAGIC = 0x5241534953415453n;

/** What an operation does. */
export const Code = {
  Syscall: 0,
  Meet: 1,
  Arrive: 2,
  Wait: 3,
  Process: 4,
  Thread: 5,
  Exit: 6,
  Store: 7,
  Set: 8,
  Compare: 9,
  Until: 10,
  Move: 11,
  Earlier: 12,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

/** How an argument becomes a value. */
export const Arg = {
  Imm: 0,
  Data: 1,
  Slot: 2,
  Global: 3,
  Load: 4,
  Load32: 5,
} as const;
export type Arg = (typeof Arg)[keyof typeof Arg];

/** Which results an operation may have. */
export const Expect = {
  Ok: 0,
  Exact: 1,
  Any: 2,
  OkOr: 3,
} as const;
export type Expect = (typeof Expect)[keyof typeof Expect];

/** How far a strand is. */
export const State = {
  Idle: 0,
  Running: 1,
  Parked: 2,
  Failed: 3,
  Exited: 4,
  Aborted: 5,
} as const;
export type State = (typeof State)[keyof typeof State];

/** Addresses that only the running seed knows. */
export const GLOBAL = {
  HOLE_START: 0,
  BELOW_LEN: 1,
  HOLE_END: 2,
  ABOVE_LEN: 3,
  VDSO: 4,
  VVAR: 5,
  VVAR_VCLOCK: 6,
  PARKING: 7,
  FREE: 16,
} as const;

/** Head of an arena: bytes and offsets. */
export const BOARD = {
  size: 472,
  magic: 0,
  robust_next: 8,
  version: 16,
  gate: 20,
  abort: 24,
  news: 28,
  orphan: 32,
  strands: 36,
  strands_at: 40,
  barriers: 48,
  seed: 52,
  barriers_at: 56,
  total: 64,
  blob_size: 72,
  parking_size: 80,
  candidates: 88,
  globals: 216,
} as const;

/** A thread of execution: bytes and offsets. */
export const STRAND = {
  size: 56,
  state: 0,
  at: 4,
  result: 8,
  tid: 12,
  ops_at: 16,
  ops: 24,
  slots: 28,
  slots_at: 32,
  stack_top: 40,
  home: 48,
} as const;

/** A meeting point: bytes and offsets. */
export const BARRIER = {
  size: 8,
  arrived: 0,
  expected: 4,
} as const;

/** An operation: bytes and offsets. */
export const OP = {
  size: 72,
  code: 0,
  expect: 1,
  sys: 2,
  kinds: 4,
  save: 10,
  why: 12,
  args: 16,
  want: 64,
} as const;

/** System calls by the kernel's name. */
export const SYS = {
  read: 0,
  write: 1,
  openat: 2,
  close: 3,
  pread64: 4,
  pwrite64: 5,
  lseek: 6,
  ioctl: 7,
  fcntl: 8,
  dup: 9,
  dup3: 10,
  pipe2: 11,
  mmap: 12,
  mprotect: 13,
  munmap: 14,
  mremap: 15,
  madvise: 16,
  mlock2: 17,
  mlockall: 18,
  munlock: 19,
  brk: 20,
  rt_sigaction: 21,
  rt_sigprocmask: 22,
  rt_sigqueueinfo: 23,
  rt_tgsigqueueinfo: 24,
  rt_sigpending: 25,
  rt_sigtimedwait: 26,
  sigaltstack: 27,
  kill: 28,
  tgkill: 29,
  getpid: 30,
  gettid: 31,
  getppid: 32,
  setpgid: 33,
  setsid: 34,
  getsid: 35,
  getpgid: 36,
  clone3: 37,
  exit: 38,
  exit_group: 39,
  wait4: 40,
  waitid: 41,
  set_tid_address: 42,
  set_robust_list: 43,
  get_robust_list: 44,
  rseq: 45,
  futex: 46,
  prctl: 47,
  arch_prctl: 48,
  modify_ldt: 49,
  personality: 50,
  setitimer: 51,
  getitimer: 52,
  timer_create: 53,
  timer_settime: 54,
  timer_gettime: 55,
  timer_getoverrun: 56,
  timer_delete: 57,
  timerfd_create: 58,
  timerfd_settime: 59,
  timerfd_gettime: 60,
  clock_gettime: 61,
  nanosleep: 62,
  setresuid: 63,
  setresgid: 64,
  setfsuid: 65,
  setfsgid: 66,
  setgroups: 67,
  capset: 68,
  capget: 69,
  prlimit64: 70,
  setpriority: 71,
  getpriority: 72,
  sched_setscheduler: 73,
  sched_setattr: 74,
  sched_getattr: 75,
  sched_setaffinity: 76,
  umask: 77,
  chdir: 78,
  fchdir: 79,
  chroot: 80,
  unlinkat: 81,
  mkdirat: 82,
  mknodat: 83,
  renameat2: 84,
  linkat: 85,
  fchmod: 86,
  fchown: 87,
  ftruncate: 88,
  fallocate: 89,
  fchmodat: 90,
  fchownat: 91,
  utimensat: 92,
  newfstatat: 93,
  getdents64: 94,
  readlinkat: 95,
  eventfd2: 96,
  epoll_create1: 97,
  epoll_ctl: 98,
  epoll_pwait: 99,
  signalfd4: 100,
  memfd_create: 101,
  inotify_init1: 102,
  socket: 103,
  socketpair: 104,
  bind: 105,
  listen: 106,
  connect: 107,
  accept4: 108,
  setsockopt: 109,
  getsockopt: 110,
  sendmsg: 111,
  recvmsg: 112,
  sendto: 113,
  shutdown: 114,
  close_range: 115,
  unshare: 116,
  setns: 117,
  pidfd_open: 118,
  pidfd_getfd: 119,
  pidfd_send_signal: 120,
  kcmp: 121,
  membarrier: 122,
  seccomp: 123,
  flock: 124,
  fsync: 125,
  shmget: 126,
  shmat: 127,
  shmdt: 128,
  shmctl: 129,
  process_vm_readv: 130,
  process_vm_writev: 131,
  userfaultfd: 132,
  mincore: 133,
  getrandom: 134,
  set_mempolicy: 135,
  mbind: 136,
  get_mempolicy: 137,
  ioprio_set: 138,
  ioprio_get: 139,
  msync: 140,
  pkey_mprotect: 141,
  pkey_alloc: 142,
  pkey_free: 143,
  fsopen: 144,
  fsconfig: 145,
  fsmount: 146,
  tee: 147,
  open_tree: 148,
} as const;
export type SysName = keyof typeof SYS;
