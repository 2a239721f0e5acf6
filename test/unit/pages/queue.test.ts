// SPDX-License-Identifier: GPL-2.0-only
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { type PipeJob, pumpPages } from '../../../src/pages/queue.js';

const MIB = 2 ** 20;

interface Watch {
  running: number;
  most: number;
  readonly log: string[];
}

function job(name: string, bytes: number, watch: Watch, fails = false): PipeJob<string> {
  let pumps = 0;
  let ended = false;
  return {
    bytes,
    pipe: {
      progress: () => bytes,
      cancel: () => watch.log.push(`cancel ${name}`),
      async pump(others) {
        watch.log.push(name);
        watch.running += 1;
        watch.most = Math.max(watch.most, watch.running);
        pumps += 1;
        await sleep(5);
        watch.running -= 1;
        pumps -= 1;
        if (fails) throw new Error(`${name} failed`);
        const own = pumps > 0 || ended ? null : `end of ${name}`;
        ended ||= own !== null;
        const [next, ...rest] = others;
        return [own, ...((await next?.pump(rest)) ?? [])];
      },
    },
    ended: (result) => watch.log.push(result),
  };
}

function watching(): Watch {
  return { running: 0, most: 0, log: [] };
}

test('a large pipe gets as many pumps as may run, a small one a single one', async (t) => {
  const watch = watching();
  await pumpPages([job('large', 1024 * MIB, watch)], { concurrency: 3 });
  t.deepEqual(watch.log, ['large', 'large', 'large', 'end of large']);
  const small = watching();
  await pumpPages([job('small', MIB, small)], { concurrency: 3 });
  t.deepEqual(small.log, ['small', 'end of small']);
});

test('small pipes share a pump, and each comes to its own end', async (t) => {
  const watch = watching();
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => job(name, name === 'd' ? 40 * MIB : 8 * MIB, watch));
  await pumpPages(jobs, { concurrency: 1 });
  t.deepEqual(watch.log.slice(0, 4), ['a', 'b', 'end of a', 'end of b']);
  t.is(watch.log.filter((line) => line.startsWith('end of')).length, 5);
});

test('all pipes get a pump before one gets its second, and no more run than allowed', async (t) => {
  const watch = watching();
  await pumpPages(
    ['a', 'b', 'c', 'd'].map((name) => job(name, 64 * MIB, watch)),
    { concurrency: 2 },
  );
  t.is(watch.most, 2);
  t.deepEqual(
    watch.log
      .filter((line) => line.length === 1)
      .slice(0, 4)
      .sort(),
    ['a', 'b', 'c', 'd'],
  );
  t.is(watch.log.filter((line) => line.startsWith('end of')).length, 4);
});

test('the first failure is thrown, the rest is cancelled and not begun', async (t) => {
  const watch = watching();
  await t.throwsAsync(
    pumpPages([job('a', 16 * MIB, watch, true), job('b', MIB, watch), job('c', MIB, watch)], { concurrency: 1 }),
    {
      message: 'a failed',
    },
  );
  t.deepEqual(watch.log, ['a', 'cancel a', 'cancel b', 'cancel c']);
});

test('an abort cancels what runs', async (t) => {
  const watch = watching();
  const controller = new AbortController();
  const jobs = [job('a', 16 * MIB, watch), job('b', MIB, watch)];
  setImmediate(() => controller.abort(new Error('stop')));
  await t.throwsAsync(pumpPages(jobs, { concurrency: 1, signal: controller.signal }), { message: 'stop' });
  t.false(watch.log.includes('b'));
});

test('progress ends at all bytes', async (t) => {
  const seen: number[][] = [];
  await pumpPages([job('a', 10, watching()), job('b', 20, watching())], { concurrency: 2, onProgress: (...at) => seen.push(at) });
  t.deepEqual(seen.at(-1), [30, 30]);
});

test('no pipes, no work', async (t) => {
  await t.notThrowsAsync(pumpPages([], {}));
});
