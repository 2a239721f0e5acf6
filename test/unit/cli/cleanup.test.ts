// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { isClean, renderCleanup } from '../../../src/cli/render/cleanup.js';
import type { CleanedCommand, CleanupReport } from '../../../src/undo/types.js';

const DUMP: CleanedCommand = {
  command: 'dump',
  object: 'pid 412',
  pid: 7,
  began: '2026-11-30T18:00:00.000Z',
  done: false,
  items: [{ what: 'images that were not finished', path: '/var/tmp/.redis.stasis-7', fate: 'removed' }],
};
const RESTORE: CleanedCommand = {
  ...DUMP,
  command: 'restore',
  object: '/var/tmp/redis',
  items: [
    { what: 'a file that had been moved aside', path: '/run/x\x1b.sock', fate: 'brought back' },
    { what: 'a file of the restore', path: '/tmp/ghost', fate: 'left', why: 'it has changed since' },
  ],
};
const LATER: CleanedCommand = { ...DUMP, items: [], postponed: 'its tasks are still there' };

const report = (dryRun: boolean, ...commands: CleanedCommand[]): CleanupReport => ({ stateDir: '/run/stasis', dryRun, commands });

test('what was taken back, and what was left and why', (t) => {
  t.is(
    renderCleanup(report(false, DUMP, RESTORE)),
    [
      'dump of pid 412 (pid 7, 2026-11-30T18:00:00.000Z):',
      '  removed: /var/tmp/.redis.stasis-7 (images that were not finished)',
      'restore of /var/tmp/redis (pid 7, 2026-11-30T18:00:00.000Z):',
      '  brought back: /run/x\\x1b.sock (a file that had been moved aside)',
      '  left: /tmp/ghost (a file of the restore; it has changed since)',
      '2 things were taken back, 1 left',
    ].join('\n'),
  );
  t.is(renderCleanup(report(false)), 'nothing is left of a dump or restore that was killed');
});

test('a dry run says what would be', (t) => {
  const [, line, verdict] = renderCleanup(report(true, DUMP)).split('\n');
  t.is(line, '  would be removed: /var/tmp/.redis.stasis-7 (images that were not finished)');
  t.is(verdict, '1 thing would be taken back');
});

test('it is clean when nothing was left, and nothing has to wait', (t) => {
  t.true(isClean(report(false, DUMP)));
  t.false(isClean(report(false, RESTORE)));
  t.false(isClean(report(false, LATER)));
  t.regex(renderCleanup(report(false, LATER)), /\n {2}not yet: its tasks are still there\n/);
});
