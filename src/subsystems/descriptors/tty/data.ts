// SPDX-License-Identifier: GPL-2.0-only
import type { TtyDataEntry, TtyInfoEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDWR } from '../../../linux/fcntl.js';
import type { TreePlan } from '../../../plan/tree.js';
import { exactly, type Strand } from '../../../program/index.js';
import type { Pair } from './model.js';
import { PIECES, PROCESSED, pairId, TCSETS2, TERMIOS2_SIZE, TIOCSTI } from './numbers.js';

const B38400_CS8_CREAD = 0o277;
const ICANON = 2;
const CFLAG_AT = 8;
const LFLAG_AT = 12;
const CC_AT = 17;
const VEOF = 4;
const VEOL = 11;
const NEWLINE = 10;
const END_OF_FILE = 4;
/** Of the first eight: as much as there is room for before the line discipline has taken anything. */
const WITHOUT_HELP = 8 * 1792;

/**
 * Unread bytes of a pair. What the master would have read is written at the slave, while the line changes nothing on the
 * way; what the slave would have read is put before the line discipline byte by byte (TIOCSTI), at once and not by the
 * worker that carries what a master writes. Settings come afterwards; `rest` is what has to come after them.
 */
export function restoreData(plan: TreePlan, pair: Pair, master: number): { readonly rest: () => void } {
  const { root, pool, images } = plan;
  const dataOf = (master: boolean): TtyDataEntry | undefined =>
    images.listOf('TTY_DATA', 'tty_id', pairId(pair.index, master)).find(({ data }) => data.length > 0);
  const [output, input] = [dataOf(true), dataOf(false)];
  if (!output && !input) return { rest: () => undefined };
  const what = `pseudo-terminal ${pair.index}`;
  setLine(root, master, raw(), what);
  const flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const opened = root.call('openat', [AT_FDCWD, root.path(`/dev/pts/${pair.index}`), flags, 0], {
    why: `${what}: open`,
    save: true,
  });
  // Open until the pool is closed: the master sees the last close of a slave.
  const slave = pool.number(`pty-slave:${pair.index}`);
  pool.place(root, opened, slave, what);
  if (output) {
    const why = `${what}: ${output.data.length} bytes that the master has not read`;
    // The worker that carries them to the master's line discipline may come too late for more than that.
    const typed = output.data.length > WITHOUT_HELP ? PROCESSED : 0;
    for (const byte of output.data.subarray(0, typed)) type(root, master, byte, why);
    write(root, slave, output.data.subarray(typed), why);
  }
  if (!input) return { rest: () => undefined };
  const why = `${what}: ${input.data.length} bytes that the slave has not read`;
  if (isCanonical(pair.slave ?? pair.master)) typeLines(root, slave, input, why);
  else for (const byte of input.data.subarray(0, PROCESSED)) type(root, slave, byte, why);
  const rest = input.data.subarray(PROCESSED);
  return { rest: () => (rest.length > 0 ? write(root, master, rest, why) : undefined) };
}

/** A line ends at a newline by itself, at another character where that is declared to end it. */
function typeLines(strand: Strand, slave: number, { data, ends }: TtyDataEntry, why: string): void {
  const stops = new Set(ends);
  const plain = raw();
  plain.writeUInt32LE(ICANON, LFLAG_AT);
  setLine(strand, slave, plain, why);
  for (const [at, byte] of data.subarray(0, PROCESSED).entries()) {
    if (!stops.has(at) || byte === NEWLINE) {
      type(strand, slave, byte, why);
      continue;
    }
    const ending = Buffer.from(plain);
    const character = byte === 0 ? END_OF_FILE : byte;
    ending.writeUInt8(character, CC_AT + (byte === 0 ? VEOF : VEOL));
    setLine(strand, slave, ending, why);
    type(strand, slave, character, why);
    setLine(strand, slave, plain, why);
  }
}

/** No character means anything, nothing is changed. */
function raw(): Buffer {
  const termios = Buffer.alloc(TERMIOS2_SIZE);
  termios.writeUInt32LE(B38400_CS8_CREAD, CFLAG_AT);
  return termios;
}

function isCanonical(info: TtyInfoEntry | undefined): boolean {
  return ((info?.termios?.c_lflag ?? 0) & ICANON) !== 0;
}

function setLine(strand: Strand, fd: number, termios: Buffer, what: string): void {
  strand.call('ioctl', [fd, TCSETS2, strand.bytes(termios)], { why: `${what}: settings for the moment` });
}

function type(strand: Strand, fd: number, byte: number, why: string): void {
  strand.call('ioctl', [fd, TIOCSTI, strand.bytes(Uint8Array.of(byte), 1)], { why });
}

function write(strand: Strand, fd: number, data: Uint8Array, why: string): void {
  let at = 0;
  for (const size of [...PIECES, data.length]) {
    const piece = data.subarray(at, at + size);
    if (piece.length > 0) strand.call('write', [fd, strand.bytes(piece), piece.length], { why, expect: exactly(piece.length) });
    at += piece.length;
  }
}
