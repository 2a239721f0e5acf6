// SPDX-License-Identifier: GPL-2.0-only
import type { PipeDataEntry } from '../../../images/generated/messages.js';
import { F_SETFL, F_SETPIPE_SZ, O_CLOEXEC } from '../../../linux/fcntl.js';
import type { WithData } from '../../../model/images.js';
import { type Argument, exactly, load32, type Strand } from '../../../program/index.js';

const O_DIRECT = 0o40000;
const USUAL_CAPACITY = 65536;

interface Part {
  readonly bytes: Uint8Array;
  /** Written in packet mode: a read ends behind it. */
  readonly packet: boolean;
}

/**
 * Gives a pipe or FIFO its capacity and its unread bytes, packet by packet where it has packets. Its writers have left packet
 * mode since, or are other descriptions: `writer` is without it in the end.
 */
export function refill(strand: Strand, writer: Argument, content: WithData<PipeDataEntry>, what: string): void {
  const { size } = content.entry;
  if (size && size !== USUAL_CAPACITY) strand.call('fcntl', [writer, F_SETPIPE_SZ, size], { why: `${what}: capacity` });
  const parts = partsOf(content);
  let direct = false;
  for (const [i, { bytes, packet }] of parts.entries()) {
    if (packet !== direct) {
      strand.call('fcntl', [writer, F_SETFL, packet ? O_DIRECT : 0], { why: `${what}: packet mode ${packet ? 'on' : 'off'}` });
      direct = packet;
    }
    if (!packet && parts[i + 1]?.packet) writeApart(strand, writer, bytes, size ?? USUAL_CAPACITY, what);
    else write(strand, writer, bytes, what);
  }
  if (direct) strand.call('fcntl', [writer, F_SETFL, 0], { why: `${what}: packet mode off` });
}

function partsOf({ entry: { packets, plain }, data }: WithData<PipeDataEntry>): Part[] {
  if (data.length === 0) return [];
  if (packets.length === 0) return [{ bytes: data, packet: false }];
  const bytes = new Set(plain);
  let at = 0;
  return packets.map((length, i) => {
    at += length;
    return { bytes: data.subarray(at - length, at), packet: !bytes.has(i) };
  });
}

/** Even in packet mode write(2) first fills up a page that was begun before, unless that came by tee(2) (pipe_write, fs/pipe.c). */
function writeApart(strand: Strand, writer: Argument, bytes: Uint8Array, capacity: number, what: string): void {
  const why = `${what}: unread bytes that no packet may be joined with`;
  const pair = strand.reserve(8);
  strand.call('pipe2', [pair, O_CLOEXEC], { why });
  const [reader, other] = [strand.set(load32(pair), why), strand.set(load32(pair, 4), why)];
  if (capacity > USUAL_CAPACITY) strand.call('fcntl', [other, F_SETPIPE_SZ, capacity], { why });
  write(strand, other, bytes, what);
  strand.call('tee', [reader, writer, bytes.length, 0], { why, expect: exactly(bytes.length) });
  strand.call('close', [reader], { why });
  strand.call('close', [other], { why });
}

function write(strand: Strand, writer: Argument, bytes: Uint8Array, what: string): void {
  const { length } = bytes;
  strand.call('write', [writer, strand.bytes(bytes), length], {
    why: `${what}: ${length} unread bytes`,
    expect: exactly(length),
  });
}
