// SPDX-License-Identifier: GPL-2.0-only
import { BARRIER, BOARD, MAGIC, OP, ORPHAN_DIES, STACK_SIZE, STACKS_ALIGN, STRAND, VERSION } from './abi.js';
import type { Barrier } from './barrier.js';
import { DataArea } from './data-area.js';
import { OpMemory } from './op-memory.js';
import { Strand, type Why } from './strand.js';

/** A finished arena, ready to be mapped; see crates/abi for its layout. */
export interface Arena {
  /** From the board to the end of the slots; stacks follow and are not part of it. */
  readonly bytes: Uint8Array;
  /** Bytes including stacks: what has to be mapped. */
  readonly size: number;
  /** The reason for an operation, by its `why` and the index of its strand; undefined if there is no such number. */
  readonly reason: (why: number, strand: number) => string | undefined;
  readonly strands: readonly Strand[];
  readonly barriers: readonly Barrier[];
  /** What is known of the data, for listings. */
  readonly data: DataArea;
}

/** Collects the programs of a whole tree. Cheap for thousands of strands and hundreds of thousands of operations. */
export class ArenaBuilder {
  readonly data = new DataArea();
  readonly strands: Strand[] = [];
  readonly barriers: Barrier[] = [];
  readonly memory = new OpMemory();
  private readonly whys: Why[] = [];
  private readonly fragments = new Map<unknown, Uint32Array>();

  /** The first one made is run by the seed. */
  strand(tid: number, name: string): Strand {
    const made = new Strand(this, this.strands.length, tid, name);
    this.strands.push(made);
    return made;
  }

  barrier(name: string, expected = 0): Barrier {
    const made = { index: this.barriers.length, name, expected };
    this.barriers.push(made);
    return made;
  }

  /** Index of a reason; the one used last is used again. */
  why(reason: Why): number {
    if (this.whys[this.whys.length - 1] !== reason) this.whys.push(reason);
    return this.whys.length - 1;
  }

  /** What `emit` appends to a strand, in wire form; made once for each `key`. */
  fragment(key: unknown, emit: (strand: Strand) => void): Uint32Array {
    let known = this.fragments.get(key);
    if (!known) {
      const strand = new Strand(this, -1, 0, 'any');
      emit(strand);
      if (strand.slots > 0) throw new TypeError('operations that are shared by strands keep results');
      known = strand.ops.joined();
      this.fragments.set(key, known);
    }
    return known;
  }

  finish(): Arena {
    const place = layout(this.strands, this.barriers.length, this.data.end);
    const bytes = new Uint8Array(place.end);
    const view = new DataView(bytes.buffer);
    const opWords = new Uint32Array(bytes.buffer, 0, place.slots / 4);
    writeBoard(view, place, this.strands.length, this.barriers.length);
    let ops = place.ops;
    let slots = place.slots;
    this.strands.forEach((strand, i) => {
      const at = place.strands + i * STRAND.size;
      view.setInt32(at + STRAND.tid, strand.tid, true);
      setU64(view, at + STRAND.ops_at, ops);
      view.setUint32(at + STRAND.ops, strand.ops.count, true);
      view.setUint32(at + STRAND.slots, strand.slots, true);
      setU64(view, at + STRAND.slots_at, slots);
      setU64(view, at + STRAND.stack_top, place.stacks + (i + 1) * STACK_SIZE);
      strand.ops.copyInto(opWords, ops / 4);
      ops += strand.ops.count * OP.size;
      slots += strand.slots * 8;
    });
    this.barriers.forEach((barrier, i) => {
      view.setUint32(place.barriers + i * BARRIER.size + BARRIER.expected, barrier.expected, true);
    });
    this.data.copyInto(bytes);
    const { strands, barriers, whys, data } = this;
    const reason = (why: number, strand: number): string | undefined => {
      const found = whys[why];
      return typeof found === 'function' ? found(strands[strand] as Strand) : found;
    };
    return { bytes, size: place.size, reason, strands, barriers, data };
  }
}

interface Layout {
  readonly strands: number;
  readonly barriers: number;
  readonly ops: number;
  readonly slots: number;
  /** End of what is initialised. */
  readonly end: number;
  readonly stacks: number;
  readonly size: number;
}

function layout(list: readonly Strand[], barrierCount: number, dataEnd: number): Layout {
  const strands = up(dataEnd, 64);
  const barriers = strands + list.length * STRAND.size;
  const ops = barriers + barrierCount * BARRIER.size;
  const slots = list.reduce((sum, strand) => sum + strand.ops.count * OP.size, ops);
  const end = list.reduce((sum, strand) => sum + strand.slots * 8, slots);
  const stacks = up(end, STACKS_ALIGN);
  return { strands, barriers, ops, slots, end, stacks, size: stacks + list.length * STACK_SIZE };
}

function writeBoard(view: DataView, place: Layout, strands: number, barriers: number): void {
  view.setBigUint64(BOARD.magic, MAGIC, true);
  view.setUint32(BOARD.version, VERSION, true);
  view.setUint32(BOARD.orphan, ORPHAN_DIES, true);
  view.setUint32(BOARD.strands, strands, true);
  setU64(view, BOARD.strands_at, place.strands);
  view.setUint32(BOARD.barriers, barriers, true);
  setU64(view, BOARD.barriers_at, place.barriers);
  setU64(view, BOARD.total, place.size);
}

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function up(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
