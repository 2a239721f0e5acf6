// SPDX-License-Identifier: GPL-2.0-only

/** One kind of object in rising numbers, as a program of test/programs makes it. */
export interface Kind {
  readonly id: string;
  readonly name: string;
  /** Folder and name of the program. */
  readonly program: readonly [folder: string, name: string];
  /** What it is started with for `n` of them. */
  args(n: number): readonly (string | number)[];
  /** Ascending. The first one shows what does not grow. */
  readonly sizes: readonly number[];
  /** Processes that the tree consists of, and threads of the first. Default: 1. */
  readonly processes?: (n: number) => number;
  readonly threads?: (n: number) => number;
}

const DESCRIPTORS = [1, 100, 300, 1000, 3000, 9000] as const;
const MAPPINGS = [1, 300, 1000, 3000, 10_000, 20_000] as const;
const TASKS = [1, 30, 100, 300, 1000] as const;

function descriptors(id: string, name: string, sizes: readonly number[] = DESCRIPTORS): Kind {
  return { id, name, program: ['files', 'many'], args: (n) => [id, n], sizes };
}

export const KINDS: readonly Kind[] = [
  descriptors('regular', 'regular files'),
  descriptors('directory', 'directories'),
  descriptors('deleted', 'deleted files'),
  descriptors('replaced', 'deleted files of one name', [1, 100, 300, 1000, 3000]),
  descriptors('memfd', 'memfds'),
  descriptors('fifo', 'FIFOs'),
  descriptors('pipe', 'pipes, both ends'),
  descriptors('stream', 'stream pairs, both ends'),
  descriptors('dgram', 'datagram pairs, both ends'),
  descriptors('seqpacket', 'packet pairs, both ends'),
  descriptors('tcp', 'listening TCP sockets'),
  descriptors('udp', 'UDP sockets'),
  descriptors('eventfd', 'eventfds'),
  descriptors('timerfd', 'timerfds'),
  descriptors('signalfd', 'signalfds'),
  descriptors('epoll', 'epolls'),
  descriptors('watched', 'eventfds, watched by one epoll'),
  descriptors('pty', 'terminals, both ends', [2, 100, 300, 1000, 3000]),
  { id: 'private', name: 'private mappings', program: ['memory', 'many-mappings'], args: (n) => [n], sizes: MAPPINGS },
  { id: 'shared', name: 'shared mappings', program: ['memory', 'many-shared'], args: (n) => [n], sizes: MAPPINGS },
  {
    id: 'shared-by-two',
    name: 'shared mappings of two',
    program: ['memory', 'many-shared'],
    args: (n) => [n, 2],
    sizes: [1, 300, 1000, 3000, 7000],
    processes: () => 2,
  },
  { id: 'children', name: 'children', program: ['tasks', 'many'], args: (n) => [n], sizes: TASKS, processes: (n) => 1 + n },
  {
    id: 'environment',
    name: 'children, 100 KiB of environment each',
    program: ['tasks', 'many'],
    args: (n) => [n, 100],
    sizes: TASKS,
    processes: (n) => 1 + n,
  },
  {
    id: 'threads',
    name: 'threads',
    program: ['tasks', 'threads'],
    args: (n) => [n],
    sizes: [1, 100, 300, 1000, 3000, 5000],
    threads: (n) => 1 + n,
  },
];

/** @throws TypeError for an id that no kind has */
export function chosenKinds(only: readonly string[]): readonly Kind[] {
  const unknown = only.find((id) => !KINDS.some((each) => each.id === id));
  if (unknown !== undefined)
    throw new TypeError(`--only: there is no kind ${unknown}; there are ${KINDS.map(({ id }) => id).join(' ')}`);
  return only.length === 0 ? KINDS : KINDS.filter(({ id }) => only.includes(id));
}
