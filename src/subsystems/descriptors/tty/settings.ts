// SPDX-License-Identifier: GPL-2.0-only
import type { TermiosEntry, TtyInfoEntry } from '../../../images/generated/messages.js';
import type { Strand } from '../../../program/index.js';
import { CONTROL_CHARACTERS, TCSETS, TCSETS2, TERMIOS2_SIZE, TIOCSWINSZ } from './numbers.js';

const CC_AT = 17;

/** Line settings of a pair, through either end. */
export function setTermios(strand: Strand, fd: number, { termios, termios2 }: TtyInfoEntry, what: string): void {
  const why = `${what}: settings`;
  if (termios2?.length === TERMIOS2_SIZE) strand.call('ioctl', [fd, TCSETS2, strand.bytes(termios2)], { why });
  else if (termios) strand.call('ioctl', [fd, TCSETS, strand.bytes(termiosBytes(termios))], { why });
}

export function setWindow(strand: Strand, fd: number, { winsize }: TtyInfoEntry, what: string): void {
  if (!winsize) return;
  const size = new Uint8Array(Uint16Array.of(winsize.ws_row, winsize.ws_col, winsize.ws_xpixel, winsize.ws_ypixel).buffer);
  strand.call('ioctl', [fd, TIOCSWINSZ, strand.bytes(size)], { why: `${what}: window size` });
}

/** struct termios of the kernel. */
export function termiosBytes({ c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc }: TermiosEntry): Buffer {
  const bytes = Buffer.alloc(TERMIOS2_SIZE);
  for (const [i, word] of [c_iflag, c_oflag, c_cflag, c_lflag].entries()) bytes.writeUInt32LE(word >>> 0, i * 4);
  bytes.writeUInt8(c_line & 0xff, 16);
  const packed = Buffer.from(Uint32Array.from(c_cc).buffer);
  packed.copy(bytes, CC_AT, 0, Math.min(packed.length, CONTROL_CHARACTERS));
  return bytes;
}
