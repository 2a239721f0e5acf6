// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** Signals and time. */
export const signals = listed('signals', [
  { name: 'actions', proves: 'the action of all 64 signals, byte by byte, and that handlers run', processes: 2 },
  { name: 'masks', proves: 'blocked signals of each thread', threads: 5 },
  { name: 'pending', proves: 'pending signals of a process and a thread, in order, with their siginfo', threads: 2 },
  { name: 'unqueued', proves: 'signals that are pending without a siginfo', threads: 2 },
  { name: 'altstack', proves: 'alternate signal stacks of threads', threads: 4 },
  { name: 'on-altstack', proves: 'two nested handlers on the alternate stack, returned from', threads: 2 },
  { name: 'itimers', proves: 'real, virtual and profiling interval timers; a one-shot that runs down', processes: 2 },
  { name: 'posix-timers', proves: 'POSIX timers with gaps in their ids, of a thread, overrun, absolute, not armed', threads: 2 },
  { name: 'overruns', proves: 'signals of POSIX timers that are pending, once, with the periods missed', threads: 2 },
  { name: 'thread-timer', proves: 'libc timers that start threads (SIGEV_THREAD)', threads: 2 },
]);

/** Threads stopped inside a system call, which must go on. */
export const blocked = listed('blocked', [
  { name: 'sleep', proves: 'nanosleep and clock_nanosleep, relative and absolute', threads: 5 },
  { name: 'futex', proves: 'futex waits without and with timeouts', threads: 6 },
  { name: 'poll', proves: 'poll, ppoll, select and pselect without and with timeouts', threads: 8 },
  { name: 'epoll-wait', proves: 'epoll_wait, which a mere stop ends with EINTR', threads: 3 },
  { name: 'io', proves: 'read, write, recv, recvmsg, accept and the open of a FIFO', threads: 7 },
  { name: 'signal-wait', proves: 'sigsuspend with its mask, pause, rt_sigtimedwait', threads: 5 },
  { name: 'wait', proves: 'wait4, waitid and flock', processes: 3, threads: 6 },
  { name: 'alarmed', proves: 'a signal that comes while frozen: the call it ends returns', processes: 8 },
]);
