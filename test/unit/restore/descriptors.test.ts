// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { FdTypes } from '../../../src/images/generated/enums.js';
import { Memo } from '../../../src/memo.js';
import type { Images } from '../../../src/model/images.js';
import type { Model } from '../../../src/model/types.js';
import { LOWEST, Pool } from '../../../src/plan/pool.js';
import type { TreePlan } from '../../../src/plan/tree.js';
import { borrowed } from '../../../src/subsystems/descriptors/tables/borrowed.js';
import '../../../src/subsystems/descriptors/tables/kinds.js';
import { Makers } from '../../../src/plan/makers.js';
import { findKind } from '../../../src/subsystems/descriptors/tables/make.js';
import { inOrder, type Move } from '../../../src/subsystems/descriptors/tables/moves.js';

/** Tables of [number, file], one a task. */
type Tables = readonly (readonly (readonly [number, number])[])[];

function makersOf(tables: Tables, files: readonly object[], queues: readonly object[] = []): Makers {
  const model = {
    tables: tables.map((fds, id) => ({ id, tasks: [], fds: fds.map(([fd, file]) => ({ fd, file, cloexec: true })) })),
    files: new Map(files.map((file, i) => [i + 1, { id: i + 1, ...file }])),
    memo: new Memo(),
  } as unknown as Model;
  return new Makers(model, { list: () => queues } as unknown as Images, findKind);
}

const EVENTFD = { type: FdTypes.EVENTFD };
const FIFO = { type: FdTypes.FIFO };
const pipe = (pipe_id: number) => ({ type: FdTypes.PIPE, pipe: { pipe_id, flags: 0 } });
const epoll = (...tfd: (readonly [number, number])[]) => ({
  type: FdTypes.EVENTPOLL,
  epfd: { tfd: tfd.map(([number, file_id]) => ({ tfd: number, file_id })) },
});

/** What every number holds after the moves, where each number held itself at first. */
function carriedOut(moves: readonly Move[]): Map<number, number> {
  const at = new Map<number, number>();
  for (const { from, to } of moves) at.set(to, at.get(from) ?? from);
  return at;
}

function isRight(moves: readonly Move[]): boolean {
  const at = carriedOut(inOrder(moves, () => 10_000));
  return moves.every(({ from, to }) => at.get(to) === from);
}

test('moves: chains, circles, one number to many, in whichever order they are given', (t) => {
  const move = (from: number, to: number): Move => ({ from, to });
  const chain = [move(1, 2), move(2, 3), move(3, 4)];
  t.true(isRight(chain));
  t.true(isRight(chain.toReversed()));
  t.is(inOrder(chain, () => t.fail('no number is needed beside') as never).length, 3);
  const circles = [move(1, 2), move(2, 1), move(5, 6), move(6, 7), move(7, 5)];
  t.true(isRight(circles));
  t.true(isRight([...circles, move(7, 8), move(1, 9), move(9, 20)]), 'with others that hang on them');
  t.deepEqual(
    inOrder([], () => 0),
    [],
  );
});

test('moves: ten thousand at random', (t) => {
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48271) % 0x7fff_ffff;
    return seed % below;
  };
  for (let round = 0; round < 2000; round++) {
    const size = 1 + random(8);
    const targets = new Set(Array.from({ length: size }, () => random(10)));
    const moves = [...targets].map((to) => ({ from: random(10), to })).filter(({ from, to }) => from !== to);
    if (!isRight(moves)) t.fail(JSON.stringify(moves));
  }
  const many = Array.from({ length: 10_000 }, (_, i) => ({ from: i, to: (i + 1) % 10_000 }));
  t.true(isRight(many), 'a circle of ten thousand');
  t.true(isRight(Array.from({ length: 10_000 }, (_, i) => ({ from: i, to: i ^ 1 }))), 'five thousand circles');
});

test('who makes what: a task alone, or the root for all', (t) => {
  const makers = makersOf(
    [
      [
        [20, 1],
        [21, 2],
        [22, 3],
      ],
      [
        [20, 4],
        [21, 2],
      ],
    ],
    [EVENTFD, EVENTFD, FIFO, EVENTFD],
  );
  t.is(makers.ownerOf(1)?.id as unknown, 0);
  t.is(makers.ownerOf(2), undefined, 'held by two');
  t.is(makers.ownerOf(3), undefined, 'of a kind that the root makes');
  t.is(makers.ownerOf(4)?.id as unknown, 1);
  const { direct } = makers.reserved();
  t.is(direct.get(2), 21, 'the same number in both: the root may have it there, too');
  t.is(direct.get(3), 22);
});

test('who makes what: both ends of a pipe, which are made at once', (t) => {
  const whole = [pipe(7), pipe(7), pipe(8)];
  const high = [
    [20, 1],
    [21, 2],
  ] as const;
  t.is(makersOf([high], whole).ownerOf(1)?.id as unknown, 0);
  t.is(makersOf([[high[0]], [high[1]]], whole).ownerOf(1), undefined, 'two tasks have one each');
  t.is(makersOf([[[5, 1], high[1]]], whole).ownerOf(2), undefined, 'an end would be where the other is for a moment');
  t.is(makersOf([[[5, 1], high[0], high[1]]], whole).ownerOf(2)?.id as unknown, 0, 'it is made at the higher of two numbers');
});

test('who makes what: an epoll with all that it watches, by numbers that mean that still', (t) => {
  const held = [
    [20, 1],
    [21, 2],
  ] as const;
  t.is(makersOf([held], [EVENTFD, epoll([20, 1])]).ownerOf(2)?.id as unknown, 0);
  const other = makersOf([held], [EVENTFD, epoll([30, 1])]);
  t.is(other.ownerOf(2), undefined, 'a number that was closed since');
  t.is(other.ownerOf(1), undefined, 'and what it watches goes with it');
  t.true(other.reserved().numbers.has(30));
  const shared = makersOf([held, [[20, 1]]], [EVENTFD, epoll([20, 1])]);
  t.is(shared.ownerOf(2), undefined, 'what it watches is held by another task as well');
  const chain = makersOf([[...held, [22, 3]]], [EVENTFD, epoll([20, 1]), epoll([21, 2], [40, 1])]);
  t.is(chain.ownerOf(1), undefined, 'by way of another epoll');
  const reused = makersOf([[...held, [30, 3]]], [EVENTFD, epoll([30, 1]), FIFO]);
  t.is(reused.reserved().direct.get(3), undefined, 'the number is taken for the moment, so nothing may be there');
});

test('who makes what: an epoll of images of CRIU, which name the number only, of the first table that has it', (t) => {
  const beside = [[[21, 2]], [[20, 1]]] as const;
  const byNumber = { type: FdTypes.EVENTPOLL, epfd: { tfd: [{ tfd: 20 }] } };
  t.is(makersOf([[...beside[0], ...beside[1]]], [EVENTFD, byNumber]).ownerOf(2)?.id as unknown, 0);
  t.is(
    makersOf(
      [
        ...beside,
        [
          [21, 2],
          [20, 3],
        ],
      ],
      [EVENTFD, byNumber, EVENTFD],
    ).ownerOf(3),
    undefined,
    'by way of the epoll',
  );
});

test('who makes what: descriptors in flight are made where they are sent', (t) => {
  const queues = [{ scm: [{ type: 1, rights: [1] }] }];
  t.is(makersOf([[[20, 1]]], [EVENTFD], queues).ownerOf(1), undefined);
});

test('numbers: between those of the tables, and above them only when there is no room', (t) => {
  const numbers = new Set(Array.from({ length: 100 }, (_, i) => i).filter((i) => i !== 40 && i !== 50));
  const pool = new Pool({ numbers, direct: new Map([[7, 30]]) });
  t.is(pool.file(7), 30);
  t.true(pool.has('file:7'));
  t.deepEqual([pool.number('a'), pool.file(8), pool.number('c'), pool.number('a')], [40, 50, 100, 40]);
  t.is(pool.limit, 100 + 1 + 8, 'room for what operations have for a moment');
  t.deepEqual(pool.all(), [30, 40, 50, 100]);
  const own = pool.within(new Map([[9, 3]]));
  t.deepEqual([own.file(9), own.file(8), own.number('a')], [3, 50, 40]);
  t.false(pool.has('file:9'));
  const free = new Pool({ numbers: new Set([19_999]), direct: new Map() });
  t.is(free.number('a'), LOWEST);
  t.is(free.limit, 20_000, 'the last number that a limit of 20 000 allows is no reason for more');
});

test('what was only borrowed is closed, and nothing else', (t) => {
  const numbers = new Set([0, 1, 2, 20, 21, 30, 5000]);
  const pool = new Pool({
    numbers,
    direct: new Map([
      [1, 20],
      [2, 21],
    ]),
  });
  for (const id of [1, 2]) pool.file(id);
  for (let i = 0; i < 12; i++) pool.number(`${i}`);
  const closed = (...fds: number[]) => borrowed({ pool } as TreePlan, { fds: fds.map((fd) => ({ fd })) } as never);
  const isClosed = (ranges: readonly (readonly [number, number])[], fd: number) => ranges.some(([a, b]) => a <= fd && fd <= b);
  for (const fds of [[0, 1, 2, 20, 21, 30, 5000], [1, 20], [21], [], [0, 1, 2], [5000]]) {
    const ranges = closed(...fds);
    for (const fd of fds) t.false(isClosed(ranges, fd), `${fd} of ${fds}`);
    for (const fd of pool.all()) if (!fds.includes(fd)) t.true(isClosed(ranges, fd), `${fd} with ${fds}`);
    t.true(isClosed(ranges, 6000));
    t.true(ranges.length <= fds.length + 1);
  }
});
