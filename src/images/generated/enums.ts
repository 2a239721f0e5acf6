// SPDX-License-Identifier: LGPL-2.1-only
// Generated from proto/ by scripts/generate-images.ts: do not edit.

export const SysctlType = {
  CTL_STR: 5,
  CTL_32: 6,
} as const;
export type SysctlType = number;

export const TtyType = {
  UNKNOWN: 0,
  PTY: 1,
  CONSOLE: 2,
  VT: 3,
  CTTY: 4,
  EXT_TTY: 5,
  SERIAL: 6,
} as const;
export type TtyType = number;

export const CoreEntryMarch = {
  UNKNOWN: 0,
  X86_64: 1,
  ARM: 2,
  AARCH64: 3,
  PPC64: 4,
  S390: 5,
  MIPS: 6,
  LOONGARCH64: 7,
  RISCV64: 8,
} as const;
export type CoreEntryMarch = number;

export const CpuinfoPpc64EntryEndianness = {
  BIGENDIAN: 0,
  LITTLEENDIAN: 1,
} as const;
export type CpuinfoPpc64EntryEndianness = number;

export const CpuinfoX86EntryVendor = {
  UNKNOWN: 0,
  INTEL: 1,
  AMD: 2,
} as const;
export type CpuinfoX86EntryVendor = number;

export const FdTypes = {
  UND: 0,
  REG: 1,
  PIPE: 2,
  FIFO: 3,
  INETSK: 4,
  UNIXSK: 5,
  EVENTFD: 6,
  EVENTPOLL: 7,
  INOTIFY: 8,
  SIGNALFD: 9,
  PACKETSK: 10,
  TTY: 11,
  FANOTIFY: 12,
  NETLINKSK: 13,
  NS: 14,
  TUNF: 15,
  EXT: 16,
  TIMERFD: 17,
  MEMFD: 18,
  BPFMAP: 19,
  PIDFD: 20,
  CTL_TTY: 65534,
  AUTOFS_PIPE: 65535,
} as const;
export type FdTypes = number;

export const Fstype = {
  UNSUPPORTED: 0,
  PROC: 1,
  SYSFS: 2,
  DEVTMPFS: 3,
  BINFMT_MISC: 4,
  TMPFS: 5,
  DEVPTS: 6,
  SIMFS: 7,
  PSTORE: 8,
  SECURITYFS: 9,
  FUSECTL: 10,
  DEBUGFS: 11,
  CGROUP: 12,
  AUFS: 13,
  MQUEUE: 14,
  FUSE: 15,
  AUTO: 16,
  OVERLAYFS: 17,
  AUTOFS: 18,
  TRACEFS: 19,
  CGROUP2: 23,
} as const;
export type Fstype = number;

export const Lsmtype = {
  NO_LSM: 0,
  SELINUX: 1,
  APPARMOR: 2,
} as const;
export type Lsmtype = number;

export const MarkType = {
  INODE: 1,
  MOUNT: 2,
} as const;
export type MarkType = number;

export const NdType = {
  LOOPBACK: 1,
  VETH: 2,
  TUN: 3,
  EXTLINK: 4,
  VENET: 5,
  BRIDGE: 6,
  MACVLAN: 7,
  SIT: 8,
} as const;
export type NdType = number;

export const RemapType = {
  LINKED: 0,
  GHOST: 1,
  PROCFS: 2,
} as const;
export type RemapType = number;

export const SeccompMode = {
  disabled: 0,
  strict: 1,
  filter: 2,
} as const;
export type SeccompMode = number;

export const SkShutdown = {
  NONE: 0,
  READ: 1,
  WRITE: 2,
  BOTH: 3,
} as const;
export type SkShutdown = number;

export const UserX86RegsMode = {
  NATIVE: 1,
  COMPAT: 2,
} as const;
export type UserX86RegsMode = number;

/** Enumerations by the name they have in proto/. */
export const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SysctlType: SysctlType,
  TtyType: TtyType,
  'core_entry.march': CoreEntryMarch,
  'cpuinfo_ppc64_entry.endianness': CpuinfoPpc64EntryEndianness,
  'cpuinfo_x86_entry.vendor': CpuinfoX86EntryVendor,
  fd_types: FdTypes,
  fstype: Fstype,
  lsmtype: Lsmtype,
  mark_type: MarkType,
  nd_type: NdType,
  remap_type: RemapType,
  seccomp_mode: SeccompMode,
  sk_shutdown: SkShutdown,
  user_x86_regs_mode: UserX86RegsMode,
};
