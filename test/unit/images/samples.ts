// SPDX-License-Identifier: GPL-2.0-only
import { CODEC } from '../../../src/images/codec.js';
import type { ImageRecord } from '../../../src/images/file.js';
import { ENUMS } from '../../../src/images/generated/enums.js';
import type { Messages } from '../../../src/images/index.js';
import type { Kind } from '../../../src/images/kinds.js';
import type { Field } from '../../../src/images/wire/schema.js';

/** Which fields a sample has. */
export type Extent = (message: string, field: Field) => boolean;

export const ALL_FIELDS: Extent = () => true;
export const REQUIRED_FIELDS: Extent = (_, field) => field.label === 'required';
/** Fields of CRIU alone: those from 1000 on are ours. */
export const CRIU_FIELDS: Extent = (_, field) => field.number < 1000;

const DEPTH = 4;

/** Makes messages whose values are all different and reach both ends of each type, the same ones for the same seed. */
export class Samples {
  constructor(
    private seed: number,
    private readonly extent: Extent,
  ) {}

  message(name: string, depth = 0): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const field of CODEC.shape(name).fields) {
      if (!this.extent(name, field) && field.label !== 'required') continue;
      if (depth >= DEPTH && field.type === 'm' && field.label !== 'required') continue;
      result[field.name] =
        field.label === 'repeated' ? [this.value(field, depth), this.value(field, depth)] : this.value(field, depth);
    }
    return result;
  }

  /** Entries of a kind with payloads that fit. */
  records(kind: Kind): ImageRecord[] {
    const types = kind.head === undefined ? [kind.message, kind.message] : [kind.head, kind.message, kind.message];
    if (kind.name === 'GHOST_FILE' && this.next() % 2 === 0) return [this.ghost()];
    return types.map((type) => this.record(kind, type));
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.next() & 255));
  }

  private ghost(): ImageRecord {
    return {
      type: 'ghost_file_entry',
      message: { ...this.message('ghost_file_entry'), chunks: false },
      payload: this.bytes(777),
    };
  }

  private record(kind: Kind, type: keyof Messages): ImageRecord {
    const message = this.message(type);
    switch (kind.name) {
      case 'PIPES_DATA':
      case 'FIFO_DATA':
        return { type, message: { ...message, bytes: 61 }, payload: this.bytes(61) };
      case 'SK_QUEUES':
        return { type, message: { ...message, length: 90 }, payload: this.bytes(90) };
      case 'TCP_STREAM':
        return { type, message: { ...message, inq_len: 10, outq_len: 21 }, payload: this.bytes(31) };
      case 'BPFMAP_DATA':
        return { type, message: { ...message, keys_bytes: 8, values_bytes: 9 }, payload: this.bytes(17) };
      case 'IPCNS_SHM':
        return { type, message: { ...message, size: 13, in_pagemaps: false }, payload: this.bytes(13) };
      case 'IPCNS_SEM':
        return { type, message: { ...message, nsems: 3 }, payload: this.bytes(6) };
      case 'IPCNS_MSG':
        return { type, message: { ...message, qnum: 2 }, payload: Buffer.concat([this.queued(5), this.queued(16)]) };
      case 'STASIS':
        return { type, message, payload: Buffer.alloc(4) };
      case 'GHOST_FILE':
        return type === kind.head
          ? { type, message: { ...message, chunks: true } }
          : { type, message: { len: 12, off: this.next() }, payload: this.bytes(12) };
      default:
        return { type, message };
    }
  }

  /** ipc_msg { mtype = 7, msize = length }, padded to 8 bytes. */
  private queued(length: number): Buffer {
    const header = Buffer.from([8, 7, 16, length]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(header.length);
    return Buffer.concat([size, header, this.bytes(length), Buffer.alloc((8 - (length % 8)) % 8)]);
  }

  private value(field: Field, depth: number): unknown {
    const turn = this.next();
    switch (field.type) {
      case 'u':
      case 'f':
        return pick(turn, [0, 1, 127, 128, 0xffffffff, turn]);
      case 'i':
      case 's':
        return pick(turn, [0, -1, 2147483647, -2147483648, 300, -300]);
      case 'U':
      case 'F':
        return pick(turn, [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 64n - 1n, turn]);
      case 'I':
      case 'S':
        return pick(turn, [0, -1, 2 ** 40, -(2 ** 40), 2n ** 63n - 1n, -(2n ** 63n)]);
      case 'b':
        return turn % 2 === 0;
      case 't':
        return pick(turn, ['', 'plain', 'ünïcode – 漢字', 'x'.repeat(200), `/a/b ${turn}`]);
      case 'y':
        return this.bytes(turn % 150);
      case 'e':
        return pick(turn, Object.values(ENUMS[field.of] ?? {}));
      default:
        return this.message(field.of, depth + 1);
    }
  }

  /** Park and Miller's generator. */
  private next(): number {
    this.seed = (this.seed * 48271) % 2147483647;
    return this.seed;
  }
}

function pick<T>(turn: number, values: readonly T[]): T {
  return values[turn % values.length] as T;
}
