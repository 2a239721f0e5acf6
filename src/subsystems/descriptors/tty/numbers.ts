// SPDX-License-Identifier: GPL-2.0-only
// Requests of ioctl_tty(2), and of termios(3) (include/uapi/asm-generic/ioctls.h).
export const TIOCEXCL = 0x540c;
export const TIOCSCTTY = 0x540e;
export const TIOCSPGRP = 0x5410;
export const TIOCSTI = 0x5412;
export const TIOCSWINSZ = 0x5414;
export const TIOCPKT = 0x5420;
export const TCSETS = 0x5402;
/** _IOW('T', 0x2b, struct termios2) */
export const TCSETS2 = 0x402c542b;
/** _IOR('T', 0x30, unsigned int) */
export const TIOCGPTN = 0x80045430;
/** _IOW('T', 0x31, int) */
export const TIOCSPTLCK = 0x40045431;
/** _IO('T', 0x41), 4.13 */
export const TIOCGPTPEER = 0x5441;

/** struct termios2: 4 flag words, line discipline, control characters, 2 speeds. */
export const TERMIOS2_SIZE = 44;
export const CONTROL_CHARACTERS = 19;

/** Major number of the first 256 Unix98 slaves, and of all in /proc/PID/stat. */
const PTS_MAJOR = 136;
const PTS_MAJORS = 8;

/** The index of a pseudo-terminal, from tty_nr of /proc/PID/stat; undefined for other terminals and for none. */
export function ptsIndex(ttyNr: number): number | undefined {
  const major = (ttyNr >>> 8) & 0xfff;
  if (major < PTS_MAJOR || major >= PTS_MAJOR + PTS_MAJORS) return undefined;
  return (ttyNr & 0xff) | ((ttyNr >>> 12) & 0xf_ff00);
}

/** What the line discipline holds; behind that are bytes that it has not seen yet. */
export const PROCESSED = 4095;
/**
 * What is behind that lies in buffers of as many bytes as a write asked for, 1792 at most, and twice as many in them; there may be
 * a further one while they are not more than 8192 (drivers/tty/tty_buffer.c, `tty_buffer_set_limit` of drivers/tty/pty.c). Writes of these
 * lengths, in this order, leave no room unused: all comes back that any writes may have put into a new terminal. One that had
 * buffers of 256 bytes before keeps those for itself, and may hold more.
 */
export const PIECES: readonly number[] = [...new Array<number>(8).fill(1792), ...new Array<number>(8).fill(256), 1792, 1792];
export const MOST_UNREAD = PIECES.reduce((sum, size) => sum + size, PROCESSED);

/** tty_info_entry.id of an end of a pair. */
export function pairId(index: number, master: boolean): number {
  return (index << 1) | (master ? 1 : 0);
}

/** tty_info_entry.id of /dev/tty where it is the terminal of this index. */
export function currentId(index: number): number {
  return 0x4000_0000 + index;
}
