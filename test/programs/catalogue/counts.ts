// SPDX-License-Identifier: GPL-2.0-only
import { type Listed, listed, type Program } from './types.js';

/** Kinds of test/programs/files/many.c that are not limited by what others on the machine have open. */
const KINDS = [
  'regular',
  'directory',
  'deleted',
  'replaced',
  'memfd',
  'fifo',
  'pipe',
  'stream',
  'dgram',
  'seqpacket',
  'tcp',
  'udp',
  'eventfd',
  'timerfd',
  'signalfd',
  'epoll',
  'watched',
] as const;
const MOST = 5000;

function descriptors(kind: string, count: number): Listed {
  const alone = kind === 'pty' || kind === 'all' ? { alone: 'terminals' as const } : {};
  return { name: 'many', args: [kind, `${count}`], proves: `${count} descriptors: ${kind}`, cycles: 1, heavy: true, ...alone };
}

/** One, a hundred and thousands of anything, or as many as the machine allows. */
export const counts: readonly Program[] = [
  ...listed('files', [
    ...[1, 100].map((count) => ({ ...descriptors('all', count), proves: `${count} descriptors of each kind` })),
    {
      name: 'many',
      args: ['all', '100', 'gaps'],
      proves: 'a hundred descriptors of each kind, at every second number',
      alone: 'terminals',
    },
    ...[...KINDS, 'pty'].map((kind) => descriptors(kind, MOST)),
  ]),
  ...listed('memory', [
    { name: 'many-shared', args: ['15000'], proves: 'shared mappings of fifteen thousand objects', cycles: 1, heavy: true },
    {
      name: 'many-shared',
      args: ['5000', '2'],
      proves: 'five thousand that two tasks share, and as many of one',
      processes: 2,
      cycles: 1,
      heavy: true,
    },
  ]),
  ...listed('tasks', [
    { name: 'many', args: ['1000'], proves: 'a thousand children', processes: 1001, cycles: 1, heavy: true },
    {
      name: 'many',
      args: ['100', '100'],
      proves: 'a hundred children, 100 KiB of environment each',
      processes: 101,
      cycles: 1,
      heavy: true,
    },
    { name: 'threads', args: ['5000'], proves: 'five thousand threads', threads: 5001, cycles: 1, heavy: true },
  ]),
];
