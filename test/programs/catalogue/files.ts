// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** Files, pipes, terminals and the descriptors that are objects of the kernel. */
export const files = listed('files', [
  { name: 'regular', proves: 'positions and flags of regular files, shared and not', processes: 2 },
  { name: 'directory', proves: 'directories, one in the middle of its listing' },
  { name: 'wide', proves: 'sizes, positions, counts, marks and time limits beyond 2^53' },
  { name: 'path-only', proves: 'O_PATH descriptors of six kinds of file' },
  { name: 'deleted', proves: 'a deleted file that is open: content, owner, mode, one file still', processes: 2 },
  { name: 'deleted', args: ['64'], proves: 'the same with 64 MiB and a hole', processes: 2 },
  {
    name: 'deleted-acl',
    proves: 'a deleted file with the access control list of its folder',
    needs: { root: true, feature: 'access control lists' },
  },
  { name: 'deleted-mapped', proves: 'deleted files that mappings hold, shared and private', processes: 2 },
  { name: 'deleted-link', proves: 'a deleted name of a file that has another' },
  { name: 'named-semaphore', proves: 'named POSIX semaphores, and a file linked into another folder', processes: 2 },
  { name: 'deleted-folder', proves: 'a removed working directory, and a file of it', processes: 2 },
  { name: 'deleted-program', proves: 'a program whose own file was deleted' },
  {
    name: 'replaced',
    proves: 'a program, library, log and folder that were replaced by others of their names',
    needs: { root: true },
  },
  {
    name: 'unnamed',
    proves: 'files of O_TMPFILE, which may be linked later or not',
    needs: { root: true, feature: 'O_TMPFILE' },
  },
  { name: 'pressure', proves: 'triggers of pressure stall information', needs: { root: true, feature: '/proc/pressure' } },
  { name: 'pipes', proves: 'pipes with data, full, larger, in packet mode, half closed' },
  { name: 'pipe-owner', proves: 'owner and mode of pipes, by which they may be opened again', needs: { root: true } },
  { name: 'pipe-packets', proves: 'packets in pipes whose writers have left packet mode' },
  { name: 'pipe-abandoned', proves: 'what is unread in pipes and a FIFO that nobody has open for reading' },
  { name: 'pipe-between', proves: 'a pipeline of three tasks that loses and doubles nothing', processes: 4 },
  { name: 'fifo', proves: 'FIFOs with data, one of them deleted', processes: 2 },
  { name: 'fifo-first-writer', proves: 'read ends of FIFOs that wait for their first writer' },
  { name: 'devices', proves: 'null, zero, full, random and urandom' },
  { name: 'eventfd', proves: 'counts of eventfds', processes: 2 },
  {
    name: 'eventfd',
    args: ['semaphore'],
    proves: 'eventfds that are semaphores',
    processes: 2,
    needs: { feature: 'eventfd-semaphore in fdinfo' },
  },
  {
    name: 'epoll',
    proves: 'epoll entries: edge, one-shot, nested, of a closed descriptor, of one with two numbers',
    processes: 2,
  },
  { name: 'timerfd', proves: 'timerfds, with expirations not read' },
  { name: 'signalfd', proves: 'masks of signalfds and the signals waiting in them' },
  { name: 'pidfd', proves: 'pidfds of a child, of a zombie and of itself', processes: 2, zombies: 1 },
  { name: 'pidfd', args: ['5000'], proves: 'the same with 5000 of the child', processes: 2, zombies: 1 },
  {
    name: 'pty',
    proves: 'pseudo-terminals: settings, size, modes, bytes in both directions',
    processes: 2,
    alone: 'terminals',
  },
  {
    name: 'pty-full',
    proves: 'pseudo-terminals that are full in both directions',
    alone: 'terminals',
  },
  {
    name: 'terminal-session',
    proves: 'a controlling terminal with a foreground and a background job',
    processes: 4,
    alone: 'terminals',
  },
  { name: 'locks', proves: 'POSIX, flock and open-file-description locks', processes: 3 },
]);

/** What is shared between tasks, and what only looks so. */
export const sharing = listed('sharing', [
  {
    name: 'by-fork',
    proves: 'every pair of descriptors of three tasks: the same description or not',
    processes: 3,
    needs: { feature: 'kcmp' },
  },
  { name: 'by-message', proves: 'a description that was sent to a sibling', processes: 3 },
  { name: 'whole-table', proves: 'a descriptor table of two processes (CLONE_FILES)', processes: 3 },
  {
    name: 'pidfds',
    proves: 'pidfds of three tasks: the same description or not',
    processes: 4,
    zombies: 1,
    needs: { feature: 'kcmp' },
  },
  {
    name: 'pidfds',
    args: ['5000'],
    proves: 'the same, and 5000 that all three have',
    processes: 4,
    zombies: 1,
    cycles: 1,
    heavy: true,
    needs: { feature: 'kcmp' },
  },
  { name: 'owner', proves: 'signals of ready descriptors: owner, signal number, O_ASYNC', threads: 2 },
]);
