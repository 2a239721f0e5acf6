// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { nodeMask, parsePolicy } from '../../../src/subsystems/task/scheduling/memory-policy.js';

test('policies as the kernel prints them', (t) => {
  t.deepEqual(parsePolicy('bind:0-1,4'), { mode: 2, nodes: [0, 1, 4] });
  t.deepEqual(parsePolicy('prefer:3'), { mode: 1, nodes: [3] });
  t.deepEqual(parsePolicy('local'), { mode: 4, nodes: [] });
  t.deepEqual(parsePolicy('interleave=static:0'), { mode: 3 | (1 << 15), nodes: [0] });
  t.deepEqual(parsePolicy('bind=relative|balancing:1'), { mode: 2 | (1 << 14) | (1 << 13), nodes: [1] });
  t.deepEqual(parsePolicy('prefer (many):0'), { mode: 5, nodes: [0] });
  t.deepEqual(parsePolicy('weighted interleave:0-2'), { mode: 6, nodes: [0, 1, 2] });
});

test('what is none is refused', (t) => {
  for (const text of ['', 'nearest:0', 'bind=fast:0', 'bind:x', 'bind:0-', 'bind:1024', 'bind:0-4294967295'])
    t.is(parsePolicy(text), undefined, text);
});

test('a mask has a bit for each node', (t) => {
  const { words, bits } = nodeMask([0, 63, 64, 1023]);
  t.is(words.length * 64 + 1, bits);
  t.deepEqual([words[0], words[1], words[15]], [(1n << 63n) | 1n, 1n, 1n << 63n]);
});
