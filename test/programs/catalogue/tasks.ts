// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** Pids and the family, what a task is and may do. */
export const tasks = listed('tasks', [
  { name: 'tree', proves: 'pids, parents, process groups and sessions over three generations', processes: 8 },
  { name: 'group-without-leader', proves: 'a process group whose leader is gone', processes: 3 },
  { name: 'orphan', proves: 'daemons in other sessions, one of a dead leader, through a child subreaper', processes: 3 },
  { name: 'subreaper', proves: 'the child subreaper attribute, and that it works', processes: 3 },
  { name: 'zombies', proves: 'exit codes and killing signals of zombies, their groups and sessions', zombies: 9 },
  { name: 'stopped', proves: 'children stopped by SIGSTOP and SIGTSTP', processes: 3 },
  { name: 'stopped-threads', proves: 'stopped children of several threads, none of which runs', processes: 3, threads: 11 },
  { name: 'stopped-threads', args: ['200'], proves: 'the same with two hundred threads each', processes: 3, threads: 403 },
  {
    name: 'numbers',
    proves: 'whoever is named by a number: children, owners, senders, holders of locks, groups and sessions without a leader',
    processes: 6,
    threads: 7,
    zombies: 1,
  },
  {
    name: 'memory-policy',
    proves: 'memory policies of a process, its threads and a child',
    processes: 2,
    threads: 8,
    needs: { feature: 'NUMA' },
  },
  { name: 'threads', proves: 'eight threads: ids, names, thread-local storage, stacks', threads: 9 },
  { name: 'threads', args: ['1000'], proves: 'the same with a thousand threads', threads: 1001 },
  { name: 'proc-identity', proves: 'comm, exe, cmdline, environ and auxv, with a title set in place' },
  { name: 'moved-arguments', proves: 'argument and environment areas elsewhere, another auxv (PR_SET_MM_MAP)' },
  { name: 'root-cwd', proves: 'root, working directory and umask of two tasks', processes: 2, needs: { root: true } },
  {
    name: 'credentials',
    proves: 'four user and group ids, groups, capabilities, securebits; a task without any privilege',
    processes: 3,
    needs: { root: true },
  },
  { name: 'thread-credentials', proves: 'credentials of single threads', threads: 4, needs: { root: true } },
  {
    name: 'privileges',
    proves: 'no_new_privs of a process and of one thread, dumpable against a change of ids',
    processes: 5,
    threads: 6,
    needs: { root: true },
  },
  { name: 'parent-death-signal', proves: 'the parent-death signal, and that it comes', processes: 3, needs: { root: true } },
  { name: 'rlimits', proves: 'sixteen resource limits, with a descriptor above its limit', processes: 2 },
  {
    name: 'scheduling',
    proves: 'nice, policy, priority, reset-on-fork, affinity and timer slack of each thread',
    threads: 7,
    needs: { root: true },
  },
  { name: 'knobs', proves: 'oom_score_adj and personality', processes: 3 },
  {
    name: 'switches',
    proves: 'what prctl(2) switches for a process and for single threads; the niceness of a session',
    processes: 2,
    threads: 4,
    needs: { root: true, kernel: '6.4' },
  },
  { name: 'semaphores', proves: 'System V semaphores with nothing to be undone', threads: 2 },
]);
