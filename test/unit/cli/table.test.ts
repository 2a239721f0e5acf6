// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { harmless } from '../../../src/cli/render/paint.js';
import { type Column, table } from '../../../src/cli/render/table.js';
import { branches } from '../../../src/cli/render/tree.js';
import { columns } from '../../../src/cli/render/width.js';
import { wrap } from '../../../src/cli/render/wrap.js';

const COLUMNS: readonly Column[] = [
  { title: 'FD', align: 'right' },
  { title: 'MODE', optional: 1 },
  { title: 'LEADS TO', wrap: true },
  { title: 'SHARED WITH', optional: 2 },
];
const ROWS = [
  ['3', 'rw', '/var/lib/redis/dump.rdb (deleted)', 'fd 3 of 413'],
  ['12', 'r', 'from fd 4', ''],
];

test('as wide as it takes where there is no terminal', (t) => {
  t.is(
    table(COLUMNS, ROWS),
    [
      'FD  MODE  LEADS TO                           SHARED WITH',
      ' 3  rw    /var/lib/redis/dump.rdb (deleted)  fd 3 of 413',
      '12  r     from fd 4',
    ].join('\n'),
  );
});

test('what can be wrapped is, then what can be left out is, until it fits', (t) => {
  const at = (width: number): string[] => table(COLUMNS, ROWS, { width, colour: false }).split('\n');
  t.deepEqual(at(48), [
    'FD  MODE  LEADS TO                 SHARED WITH',
    ' 3  rw    /var/lib/redis/dump.rdb  fd 3 of 413',
    '          (deleted)',
    '12  r     from fd 4',
  ]);
  t.is(at(40)[0], 'FD  MODE  LEADS TO');
  t.is(at(26)[0], 'FD  LEADS TO');
  for (let width = 14; width < 80; width++) for (const line of at(width)) t.true(line.length <= width, `${width}: ${line}`);
});

test('colour does not shift columns, and is there only when asked for', (t) => {
  const rows = [
    [{ text: 'no', paint: 'red' as const }, 'x'],
    ['yes', 'y'],
  ];
  const columns = [{ title: 'A' }, { title: 'B' }];
  t.is(table(columns, rows, { colour: false }), 'A    B\nno   x\nyes  y');
  t.is(table(columns, rows, { colour: true }), '\x1b[1mA\x1b[22m    \x1b[1mB\x1b[22m\n\x1b[31mno\x1b[39m   x\nyes  y');
});

test('what tasks call themselves does not reach the terminal as it is', (t) => {
  t.is(harmless('a\x1b[2Jb\n\x9b'), 'a\\x1b[2Jb\\x0a\\x9b');
  t.is(table([{ title: 'COMM' }], [['\x1bc']], { colour: true, width: 80 }), '\x1b[1mCOMM\x1b[22m\n\\x1bc');
});

test('texts break at blanks, else in paths, else anywhere', (t) => {
  t.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  t.deepEqual(wrap('/var/lib/redis', 9), ['/var/lib/', 'redis']);
  t.deepEqual(wrap('abcdefgh', 3), ['abc', 'def', 'gh']);
  t.deepEqual(wrap('', 3), ['']);
});

test('a tree is drawn with its branches; whose parent is elsewhere hangs on the root', (t) => {
  const tasks = [
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [9, 77],
  ].map(([pid = 0, ppid = 0]) => ({ pid, ppid }));
  const drawn = branches(tasks, 1).map(({ task, lead }) => `${lead}${task.pid}`);
  t.deepEqual(drawn, ['1', '├─ 2', '│  └─ 4', '├─ 3', '└─ 9']);
});

test('wide characters take two columns, accents of their own none', (t) => {
  for (const [text, width] of [
    ['abc', 3],
    ['数据库', 6],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['한글 x', 6],
    ['｡', 1],
    ['', 0],
  ] as const)
    t.is(columns(text), width, text);
  const drawn = table(
    [{ title: 'NAME' }, { title: 'N', align: 'right' }],
    [
      ['数据库', '1'],
      ['cafe\u0301', '22'],
    ],
  ).split('\n');
  t.deepEqual(drawn, ['NAME     N', '数据库   1', 'cafe\u0301    22']);
  t.deepEqual(wrap('数据库数据库', 5), ['数据', '库数', '据库']);
  t.deepEqual(wrap('👩‍👩‍👧👩‍👩‍👧', 3), ['👩‍👩‍👧', '👩‍👩‍👧']);
});
