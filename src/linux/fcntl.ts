// SPDX-License-Identifier: GPL-2.0-only
// fcntl(2), open(2): numbers that x86_64 and arm64 have in common, unless noted.
export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;
export const AT_REMOVEDIR = 0x200;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
/** Signals when it becomes ready. */
export const O_ASYNC = 0o20000;
/** Differs on arm64: 0o200000. */
export const O_DIRECT = 0o40000;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** Differs on arm64: 0o40000. */
/** What open(2) adds to all flags of 64-bit programs. */
export const O_LARGEFILE = 0o100000;
export const O_DIRECTORY = 0o200000;
/** __O_TMPFILE; open(2) wants O_DIRECTORY with it. */
export const O_TMPFILE = 0o20000000;

export const F_GETFL = 3;
export const F_SETFD = 2;
export const F_SETFL = 4;
export const F_SETSIG = 10;
export const F_SETOWN_EX = 15;
export const F_SETPIPE_SZ = 1031;

export const SEEK_SET = 0;

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFBLK = 0o060000;
export const S_IFIFO = 0o010000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;
