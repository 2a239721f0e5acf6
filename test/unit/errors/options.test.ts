// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { dump } from '../../../src/dump/index.js';
import { StasisError } from '../../../src/errors/index.js';
import { orInterrupted } from '../../../src/errors/interrupted.js';
import { inspect } from '../../../src/inspect/index.js';
import { plan, restore } from '../../../src/restore/index.js';

for (const [what, call, message] of [
  ['no pid', () => dump({ imagesDir: 'd' } as never), 'cannot dump with option pid: it is missing: the pid of a process'],
  ['a pid of zero', () => dump({ pid: 0, imagesDir: 'd' }), 'cannot dump with option pid: 0 is not the pid of a process'],
  ['a pid in words', () => inspect('5' as never), "cannot inspect with option pid: '5' is not the pid of a process"],
  ['no name', () => dump({ pid: 5, imagesDir: '' }), "cannot dump with option imagesDir: '' is not the path of a directory"],
  [
    'an end that there is not',
    () => dump({ pid: 5, imagesDir: 'd', after: 'leave' as never }),
    "cannot dump with option after: 'leave' is not kill, run or stop",
  ],
  [
    'half a page pipe',
    () => restore({ imagesDir: 'd', concurrency: 0.5 }),
    'cannot restore with option concurrency: 0.5 is not a number of page pipes',
  ],
  ['a plan of nothing', () => plan({} as never), 'cannot plan with option imagesDir: it is missing: the path of a directory'],
] as const) {
  test(`options that make no sense: ${what}`, async (t) => {
    const error = await t.throwsAsync(call, { instanceOf: StasisError, message });
    t.is(error?.kind, 'usage');
  });
}

test('whatever a signal was aborted with, the work was interrupted', (t) => {
  for (const reason of [undefined, new Error('too long'), 'no more']) {
    const { signal } = new AbortController();
    const controller = new AbortController();
    controller.abort(reason);
    const error = orInterrupted(controller.signal.reason, controller.signal, 'dump', 'pid 5') as StasisError;
    t.true(error instanceof StasisError);
    t.is(error.kind, 'interrupted');
    t.is(error.exitCode, 130);
    t.regex(error.message, /^cannot dump pid 5: interrupted: (This operation was aborted|too long|no more)$/);
    // What failed by itself is told as what it is.
    const own = new Error('disk');
    t.is(orInterrupted(own, controller.signal, 'dump', 'pid 5'), own);
    t.is(orInterrupted(own, signal, 'dump', 'pid 5'), own);
  }
});

test('what could not be taken back after an interruption is told with it', (t) => {
  const reason = Object.assign(new Error('too long'), { undoError: new Error('no way back') });
  const error = orInterrupted(reason, AbortSignal.abort(reason), 'dump', 'pid 5') as StasisError;
  t.regex(error.hint ?? '', /could not all be taken back: .*no way back/);
});
