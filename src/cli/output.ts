// SPDX-License-Identifier: GPL-2.0-only
import { writeSync } from 'node:fs';
import { causeOf } from '../errors/errno.js';

/** For lines about what was done: a full disk is complained of, and is no failure, as what was done is done. */
function write(fd: 1 | 2, content: string): void {
  try {
    writeAll(fd, Buffer.from(content));
  } catch (thrown) {
    if (fd === 1) complain(`stasis: cannot write the output: ${causeOf(thrown)}`);
  }
}

/**
 * Writes straight to the descriptor: setting up `process.stdout` takes several milliseconds, and a command says one
 * line. A reader that went away ends the output, not the command.
 */
function writeAll(fd: 1 | 2, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw thrown;
      // A pipe somebody made non-blocking, and it is full: wait a little, there is nothing else to do.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** One line, or several, on stdout. */
export function say(text: string): void {
  write(1, `${text}\n`);
}

/** Bytes or text as they are, on stdout: all that the command was called for. @throws what writing failed with */
export function put(content: string | Uint8Array): void {
  writeAll(1, typeof content === 'string' ? Buffer.from(content) : content);
}

/** One line, or several, on stderr. */
export function complain(text: string): void {
  write(2, `${text}\n`);
}

/** JSON on stdout; values past 2^53 as decimal strings. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item), 2));
}
