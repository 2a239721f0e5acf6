// SPDX-License-Identifier: GPL-2.0-only
// Kinds of locks in filelocks.img, and lock types of fcntl(2), which the image uses for all kinds.
export const FL_POSIX = 1;
export const FL_FLOCK = 2;
export const FL_OFD = 4;

export const F_RDLCK = 0;
export const F_WRLCK = 1;
