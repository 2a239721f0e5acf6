// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { renderReasons } from '../../../src/cli/render/reasons.js';
import { refused } from '../../../src/dump/refusals.js';
import { StasisError } from '../../../src/errors/index.js';

const ROWS = [3, 4, 5, 6].map((fd) => ({
  pid: 412,
  comm: 'redis',
  object: `fd ${fd}`,
  kind: 'inotify',
  cause: '',
  hint: 'close it',
}));
const RING = { pid: 413, comm: '', object: 'fd 9', kind: 'io_uring', cause: 'a ring', hint: '' };
const ERROR = refused(412, [...ROWS, RING]);

test('equal reasons are told once, each with its own hint, a line each where there is no terminal', (t) => {
  t.is(
    renderReasons(ERROR, { colour: false }),
    [
      'cannot dump pid 412, for 5 reasons:',
      '  fd 3 of pid 412 (redis), fd 4 of pid 412 (redis) and 2 more: inotify — close it',
      '  fd 9 of pid 413: io_uring: a ring',
      'stasis inspect 412 shows all of it',
    ].join('\n'),
  );
});

test('on a terminal they are a table', (t) => {
  t.is(
    renderReasons(ERROR, { colour: false, width: 70 }),
    [
      'cannot dump pid 412, for 5 reasons:',
      'WHAT                                      WHY               WHAT TO DO',
      'fd 3 of pid 412 (redis), fd 4 of pid 412  inotify           close it',
      '(redis) and 2 more',
      'fd 9 of pid 413                           io_uring: a ring',
      'stasis inspect 412 shows all of it',
    ].join('\n'),
  );
});

test('what a host lacks is told likewise', (t) => {
  const problems = [1, 2].map((n) => ({
    operation: 'restore',
    object: `file ${n}`,
    cause: 'no such\x1b file',
    hint: 'bring it back',
  }));
  const error = new StasisError({ kind: 'host', operation: 'restore', object: '/images', cause: 'both', details: { problems } });
  t.is(
    renderReasons(error, { colour: false }),
    'cannot restore /images, for 2 reasons:\n  file 1, file 2: no such\\x1b file — bring it back',
  );
});
