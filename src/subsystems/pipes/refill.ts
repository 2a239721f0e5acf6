// SPDX-License-Identifier: GPL-2.0-only
import type { PipeDataEntry } from '../../images/generated/messages.js';
import { F_SETFL } from '../../linux/fcntl.js';
import type { WithData } from '../../model/images.js';
import { exactly, type Strand } from '../../program/index.js';

const F_SETPIPE_SZ = 1031;
const O_DIRECT = 0o40000;
const USUAL_CAPACITY = 65536;

/** Gives a pipe or FIFO its capacity and its unread bytes, packet by packet where it has packets. */
export function refill(strand: Strand, writer: number, { entry, data }: WithData<PipeDataEntry>, what: string): void {
  const { size, packets } = entry;
  if (size && size !== USUAL_CAPACITY) strand.call('fcntl', [writer, F_SETPIPE_SZ, size], { why: `${what}: capacity` });
  const parts = packets.length > 0 ? packets : data.length > 0 ? [data.length] : [];
  if (packets.length > 0) strand.call('fcntl', [writer, F_SETFL, O_DIRECT], { why: `${what}: packet mode` });
  let at = 0;
  for (const length of parts) {
    const bytes = strand.bytes(data.subarray(at, at + length));
    strand.call('write', [writer, bytes, length], { why: `${what}: ${length} unread bytes`, expect: exactly(length) });
    at += length;
  }
}
