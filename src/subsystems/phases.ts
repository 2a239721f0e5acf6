// SPDX-License-Identifier: GPL-2.0-only

/** On the root's strand, before any other task exists, in this order. */
export const TREE_PHASES = [
  /** What several tasks hold, or others are made from, is made once, at its pool number. */
  'pool',
  /** What needs two of them: connections, queued data, descriptors in flight. */
  'link',
] as const;

/** On the strand of a live process while the tree is made. */
export const BIRTH_PHASES = [
  /** Of session leaders only, right behind setsid(): what the processes inherit that are made from here on. */
  'session',
] as const;

/** On the strand of every live process when all of the tree exist, in this order. */
export const TASK_PHASES = [
  /** Process group, controlling terminal. */
  'identity',
  /** Descriptors come to their final numbers; once per descriptor table. */
  'descriptors',
  /** Final numbers are in place and every process of the tree exists: epoll targets, descriptor owners. */
  'attach',
  /** Root, working directory, umask. Paths lead nowhere familiar from here on: use pool numbers. */
  'fs',
  /** Address space: unmap the old, map the new, in `mapped`/`filled` barriers around the page pipes. */
  'memory',
  /** Memory has its content: protections, mlock, brk, exe link. */
  'seal',
  /** Creation of the other threads. Their strands run the thread phases from here, in parallel. */
  'threads',
  /** State of the process that needs privileges or no particular order: sigactions, limits, personality. */
  'process',
  /** Behind the thread phases of the leader and the barrier of all threads of this process: credentials are final. Dumpable. */
  'joined',
  /** All pool numbers are closed now (closing drops POSIX locks): what must come after that. */
  'final',
  /** As late as possible, all tasks of the tree are ready: timers. */
  'arm',
] as const;

/** On the strand of every thread, the leader's included, in this order. */
export const THREAD_PHASES = ['thread', 'credentials', 'last'] as const;

export type TreePhase = (typeof TREE_PHASES)[number];
export type BirthPhase = (typeof BIRTH_PHASES)[number];
export type TaskPhase = (typeof TASK_PHASES)[number];
export type ThreadPhase = (typeof THREAD_PHASES)[number];
