// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { find } from '../../../src/cli/dispatch.js';

const IDS = ['dump', 'image:show', 'image:page:list', 'image:page:map:draw', 'image:page'];

for (const [words, id, kind, taken] of [
  ['dump 412 -D x', 'dump', 'command', 1],
  ['image', 'image', 'topic', 1],
  ['image show /x', 'image:show', 'command', 2],
  ['image page list', 'image:page:list', 'command', 3],
  ['image page map draw it', 'image:page:map:draw', 'command', 4],
  ['image page map', 'image:page:map', 'topic', 3],
  ['image page 7', 'image:page', 'command', 2],
  ['image -v show', 'image', 'topic', 1],
] as const) {
  test(`${words}: the ${kind} ${id}`, (t) => t.deepEqual(find(words.split(' '), IDS), { id, kind, words: taken }));
}

test('words that name nothing', (t) => {
  for (const words of ['freeze', 'imag', 'image:show', '-v', '']) t.is(find(words.split(' '), IDS), undefined, words);
});
