// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import {
  BARRIER,
  BOARD,
  Code,
  DATA_AT,
  MAGIC,
  NO_SLOT,
  OP,
  ORPHAN_DIES,
  STACK_SIZE,
  STRAND,
  SYS,
} from '../../../src/program/abi.js';
import { ANY, ArenaBuilder, exactly, global, load, load32, okOr, renderStrand } from '../../../src/program/index.js';

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

test('board, tables and stacks lie where they say', (t) => {
  const arena = new ArenaBuilder();
  const root = arena.strand(412, 'pid 412');
  const child = arena.strand(413, 'pid 413');
  const barrier = arena.barrier('tree', 2);
  root.process(child, { why: 'pid 413: create' });
  root.meet(barrier, 'pid 412: wait for all');
  child.meet(barrier, 'pid 413: wait for all');
  child.slot();
  const { bytes, size } = arena.finish();
  const v = view(bytes);
  t.is(v.getBigUint64(BOARD.magic, true), MAGIC);
  t.is(v.getUint32(BOARD.orphan, true), ORPHAN_DIES);
  t.is(v.getUint32(BOARD.strands, true), 2);
  t.is(v.getBigUint64(BOARD.total, true), BigInt(size));
  const strands = Number(v.getBigUint64(BOARD.strands_at, true));
  t.is(strands % 64, 0);
  const barriers = Number(v.getBigUint64(BOARD.barriers_at, true));
  t.is(barriers, strands + 2 * STRAND.size);
  t.is(v.getUint32(barriers + BARRIER.expected, true), 2);
  const second = strands + STRAND.size;
  t.is(v.getInt32(second + STRAND.tid, true), 413);
  t.is(v.getUint32(second + STRAND.ops, true), 1);
  const ops = Number(v.getBigUint64(second + STRAND.ops_at, true));
  t.is(ops, barriers + BARRIER.size + 2 * OP.size);
  t.is(v.getUint8(ops + OP.code), Code.Meet);
  t.is(Number(v.getBigUint64(second + STRAND.slots_at, true)), bytes.length - 8);
  const top = Number(v.getBigUint64(second + STRAND.stack_top, true));
  t.is(top, size);
  t.is((top - 2 * STACK_SIZE) % 4096, 0);
  t.true(top - 2 * STACK_SIZE >= bytes.length);
});

test('an operation, byte by byte', (t) => {
  const arena = new ArenaBuilder();
  const strand = arena.strand(1, 'one');
  const path = strand.path('/var/log/x');
  const slot = strand.call('openat', [-100, path, 0o2002, 0o600], { why: 'fd 7: open /var/log/x', save: true });
  strand.call('lseek', [slot, 0xfedc_ba98_7654_3210n, 0], { why: 'fd 7: seek', expect: okOr(-29) });
  const { bytes } = arena.finish();
  const v = view(bytes);
  const at = Number(v.getBigUint64(Number(v.getBigUint64(BOARD.strands_at, true)) + STRAND.ops_at, true));
  t.is(v.getUint8(at + OP.code), Code.Syscall);
  t.is(v.getUint8(at + OP.expect), 0);
  t.is(v.getUint16(at + OP.sys, true), SYS.openat);
  t.deepEqual([...bytes.subarray(at + OP.kinds, at + OP.kinds + 6)], [0, 1, 0, 0, 0, 0]);
  t.is(v.getUint16(at + OP.save, true), 0);
  t.is(v.getUint32(at + OP.why, true), 0);
  t.is(v.getBigInt64(at + OP.args, true), -100n);
  t.is(v.getBigUint64(at + OP.args + 8, true), BigInt(DATA_AT));
  t.is(Buffer.from(bytes.subarray(DATA_AT, DATA_AT + 11)).toString(), '/var/log/x\0');
  t.is(v.getBigUint64(at + OP.args + 16, true), BigInt(0o2002));
  const next = at + OP.size;
  t.is(v.getUint8(next + OP.expect), 3);
  t.is(v.getUint16(next + OP.save, true), NO_SLOT);
  t.deepEqual([...bytes.subarray(next + OP.kinds, next + OP.kinds + 6)], [2, 0, 0, 0, 0, 0]);
  t.is(v.getBigUint64(next + OP.args + 8, true), 0xfedc_ba98_7654_3210n);
  t.is(v.getBigInt64(next + OP.want, true), -29n);
});

test('operands: slots and globals with offsets, loads, large and negative numbers', (t) => {
  const arena = new ArenaBuilder();
  const strand = arena.strand(1, 'one');
  const slot = strand.set(1, 'a');
  const pair = strand.reserve(8);
  strand.call('mmap', [slot.plus(-16), global('PARKING', 3), load(pair), load32(pair, 4), 2 ** 53 - 1, -(2 ** 40)], {
    why: 'b',
    expect: ANY,
  });
  const bytes = new Uint8Array(strand.ops.joined().buffer);
  const v = view(bytes);
  const args = Array.from({ length: 6 }, (_, i) => v.getBigUint64(OP.size + OP.args + 8 * i, true));
  t.deepEqual(args, [
    0xffff_fff0_0000_0000n,
    (3n << 32n) | 7n,
    BigInt(pair.offset),
    BigInt(pair.offset + 4),
    2n ** 53n - 1n,
    BigInt.asUintN(64, -(2n ** 40n)),
  ]);
  t.deepEqual([...bytes.subarray(OP.size + OP.kinds, OP.size + OP.kinds + 6)], [2, 3, 4, 5, 0, 0]);
});

test('equal paths share one place', (t) => {
  const strand = new ArenaBuilder().strand(1, 'one');
  t.is(strand.path('/x').offset, strand.path('/x').offset);
  t.not(strand.path('/x').offset, strand.path('/y').offset);
});

test('a listing names calls, paths, barriers, strands and reasons', (t) => {
  const arena = new ArenaBuilder();
  const root = arena.strand(1, 'pid 1');
  const child = arena.strand(2, 'pid 2');
  const barrier = arena.barrier('tree', 2);
  root.process(child, { why: 'pid 2: create', exitSignal: 17 });
  root.call('openat', [-100, root.path('/etc'), 0], { why: 'pid 1: open /etc', save: true });
  root.meet(barrier, 'pid 1: all there');
  root.call('getpid', [], { why: 'pid 1: check', expect: exactly(1) });
  const rendered = [...renderStrand(arena.finish(), root)];
  t.deepEqual(rendered[0], {
    step: 0,
    call: 'process',
    args: ['pid 2', '0', '17'],
    expect: '= 2',
    save: '',
    why: 'pid 2: create',
  });
  t.deepEqual(rendered[1], {
    step: 1,
    call: 'openat',
    args: ['AT_FDCWD', '"/etc"'],
    expect: '',
    save: '$0',
    why: 'pid 1: open /etc',
  });
  t.deepEqual(rendered[2]?.args, ['tree']);
  t.is(rendered[3]?.expect, '= 1');
});

test('a hundred thousand mappings and a thousand strands', (t) => {
  const arena = new ArenaBuilder();
  const root = arena.strand(1, 'root');
  for (let i = 0; i < 100_000; i++) {
    root.call('mmap', [0x10_0000_0000 + i * 8192, 4096, 3, 0x32, -1, 0], { why: `mapping ${i}` });
  }
  for (let i = 1; i < 1000; i++) arena.strand(1 + i, 'thread').call('gettid', [], { why: 'x' });
  const { bytes, size } = arena.finish();
  t.true(bytes.length > 7_200_000);
  t.true(size > bytes.length + 1000 * STACK_SIZE - 4096);
});

test('data beyond what an argument can point at is refused before it is made', (t) => {
  const root = new ArenaBuilder().strand(1, 'pid 1');
  t.throws(() => root.reserve(2 ** 32), { instanceOf: RangeError, message: /more than 4294967295 bytes/ });
  t.is(root.reserve(8).offset % 8, 0);
});
