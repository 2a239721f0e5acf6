// SPDX-License-Identifier: GPL-2.0-only
// clone(2), wait(2), signal(7), sched(7).
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_PARENT = 0x8000;

export const WEXITED = 4;
export const WNOWAIT = 0x0100_0000;
/** __WALL: children of any kind, whatever their exit signal. */
export const WALL = 0x4000_0000;
export const P_PID = 1;

export const SIGKILL = 9;
export const SIGALRM = 14;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
/** Signals are 1 to 64. */
export const SIGNALS = 64;
export const SIG_IGN = 1;
export const SIG_SETMASK = 2;
/** MMF_DUMP_FILTER_DEFAULT with hugetlbfs, as core(5) has it. */
export const COREDUMP_FILTER_DEFAULT = 0x33;
/** Bytes of a signal mask. */
export const SIGSET_SIZE = 8;
export const SIGINFO_SIZE = 128;
export const SS_DISABLE = 2;
export const SS_ONSTACK = 1;

/** SCHED_OTHER and SCHED_BATCH: policies that heed niceness, and since 6.12 a slice. */
export const FAIR_POLICIES: ReadonlySet<number> = new Set([0, 3]);
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_DEADLINE = 6;
export const SCHED_RESET_ON_FORK = 0x4000_0000;
export const SCHED_FLAG_RESET_ON_FORK = 1;
export const IOPRIO_WHO_PROCESS = 1;
/** include/uapi/linux/mempolicy.h */
export const MPOL_DEFAULT = 0;

export const RLIMIT_CPU = 0;
export const RLIMIT_CORE = 4;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
