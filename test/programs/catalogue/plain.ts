// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** State as most programs have it, and any tool keeps it: what is exchanged with other tools. */
export const plain = listed('plain', [
  { name: 'pipes', proves: 'pipes with data, full, without writers, and to a child', processes: 2 },
  { name: 'ghost', proves: 'a deleted file of two descriptions, one of them shared', processes: 2 },
  { name: 'unix', proves: 'unix sockets: pairs with data, listeners, a bound one', processes: 2 },
  { name: 'epoll', proves: 'an epoll of a pipe, a socket and an eventfd' },
  { name: 'timers', proves: 'an interval timer, a POSIX timer, a timerfd' },
  { name: 'shared', proves: 'shared memory, anonymous and of a file', processes: 2 },
  { name: 'terminal', proves: 'a session on a pseudo-terminal with a line not read yet', processes: 2, alone: 'terminals' },
]);
