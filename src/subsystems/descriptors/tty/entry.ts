// SPDX-License-Identifier: GPL-2.0-only
import type { Tty } from '../../../facts/generated.js';
import { CONTROL_CHARACTERS, TERMIOS2_SIZE } from './numbers.js';

const CC_AT = 17;
/** CRIU copies an array of 32 bytes over as many words. */
const CC_WORDS = 32;

/** struct termios2 in the form of termios_entry: control characters are packed into little-endian words. */
export function termiosEntry(termios: Uint8Array) {
  const bytes = Buffer.alloc(TERMIOS2_SIZE);
  bytes.set(termios.subarray(0, TERMIOS2_SIZE));
  const packed = Buffer.alloc(CC_WORDS * 4);
  bytes.copy(packed, 0, CC_AT, CC_AT + CONTROL_CHARACTERS);
  const flag = (i: number): number => bytes.readUInt32LE(i * 4);
  return {
    c_iflag: flag(0),
    c_oflag: flag(1),
    c_cflag: flag(2),
    c_lflag: flag(3),
    c_line: bytes.readUInt8(16),
    c_ispeed: 0,
    c_ospeed: 0,
    c_cc: Array.from({ length: CC_WORDS }, (_, i) => packed.readUInt32LE(i * 4)),
  };
}

/** Nothing is locked: TIOCSLCKTRMIOS is for getty's of old. */
function nothingLocked() {
  return {
    c_iflag: 0,
    c_oflag: 0,
    c_cflag: 0,
    c_lflag: 0,
    c_line: 0,
    c_ispeed: 0,
    c_ospeed: 0,
    c_cc: new Array<number>(CC_WORDS).fill(0),
  };
}

function winsizeEntry(winsize: Uint8Array) {
  const bytes = Buffer.alloc(8);
  bytes.set(winsize.subarray(0, 8));
  const word = (i: number): number => bytes.readUInt16LE(i * 2);
  return { ws_row: word(0), ws_col: word(1), ws_xpixel: word(2), ws_ypixel: word(3) };
}

/** Settings of an end, but not of one that is hung up. */
export function settings({ termios, winsize, hungUp }: Tty) {
  if (hungUp || termios.length === 0) return {};
  return { termios: termiosEntry(termios), termios_locked: nothingLocked(), winsize: winsizeEntry(winsize), termios2: termios };
}
