// SPDX-License-Identifier: GPL-2.0-only
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { NativePipe } from '../../../src/native/contract.js';
import { type PipeJob, pumpPages } from '../../../src/pages/queue.js';

const MIB = 2 ** 20;

interface Watch {
  running: number;
  most: number;
  readonly log: string[];
}

interface FakePipe extends NativePipe<string> {
  begun: boolean;
  cancelled: boolean;
}

/** A pipe whose pump does as the addon's: it takes those that none has begun. */
function job(name: string, bytes: number, watch: Watch, fails = false): PipeJob<string> {
  const pipe: FakePipe = {
    begun: false,
    cancelled: false,
    progress: () => bytes,
    cancel() {
      this.cancelled = true;
      watch.log.push(`cancel ${name}`);
    },
    async pump(others) {
      if (this.cancelled) throw new Error(`${name} is cancelled`);
      watch.running += 1;
      watch.most = Math.max(watch.most, watch.running);
      const own = this.begun ? null : `end of ${name}`;
      this.begun = true;
      watch.log.push(own ? name : `help ${name}`);
      await sleep(5);
      watch.running -= 1;
      if (fails) throw new Error(`${name} failed`);
      const [next, ...rest] = others;
      return [own, ...((await next?.pump(rest)) ?? [])];
    },
  };
  return { bytes, pipe, ended: (result) => watch.log.push(result) };
}

function watching(): Watch {
  return { running: 0, most: 0, log: [] };
}

test('a large pipe gets as many pumps as may run, a small one a single one', async (t) => {
  const watch = watching();
  await pumpPages([job('large', 1024 * MIB, watch)], { concurrency: 3 });
  t.deepEqual(watch.log, ['large', 'help large', 'help large', 'end of large']);
  const small = watching();
  await pumpPages([job('small', MIB, small)], { concurrency: 3 });
  t.deepEqual(small.log, ['small', 'end of small']);
});

test('pipes share their pumps, and each comes to its own end once', async (t) => {
  const watch = watching();
  const names = ['a', 'b', 'c', 'd'];
  await pumpPages(
    names.map((name) => job(name, 8 * MIB, watch)),
    { concurrency: 8 },
  );
  t.is(watch.most, 2);
  t.deepEqual(watch.log.filter((line) => line.startsWith('end of')).toSorted(), ['end of a', 'end of b', 'end of c', 'end of d']);
});

test('one lot is moved after the other, and no more pumps run than allowed', async (t) => {
  const watch = watching();
  await pumpPages(
    ['a', 'b', 'c'].map((name) => job(name, 3072 * MIB, watch)),
    { concurrency: 2 },
  );
  t.is(watch.most, 2);
  t.deepEqual(watch.log.slice(0, 4), ['a', 'help a', 'end of a', 'b']);
  t.is(watch.log.filter((line) => line.startsWith('end of')).length, 3);
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
