// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** `__skb_try_recv_from_queue`, net/core/datagram.c. */
const PEEKED = 'an empty datagram that is not the first of its queue is passed over once it has been looked at';

/** Sockets. */
export const sockets = listed('sockets', [
  { name: 'unix-pairs', proves: 'pairs of three types with data in both directions', processes: 2, seenOnce: PEEKED },
  { name: 'unix-listening', proves: 'listening sockets, named and abstract, and a connection of one' },
  { name: 'unix-datagrams', proves: 'named datagram sockets with datagrams and their senders' },
  {
    name: 'unix-names',
    proves: 'names of sockets deleted, replaced, moved, linked, relative, of 108 bytes',
    needs: { root: true },
  },
  { name: 'unix-lost-peers', proves: 'unread data, senders and errors of sockets whose peers are gone' },
  { name: 'unix-lost-peers', args: ['credentials'], proves: 'the same with messages that bear their senders' },
  { name: 'unix-shutdown', proves: 'half-closed pairs' },
  { name: 'unix-in-flight', proves: 'descriptors in flight, also inside one another' },
  { name: 'unix-in-flight', args: ['stream'], proves: 'the same in a stream, with bytes before and after' },
  {
    name: 'unix-in-flight-kinds',
    proves: 'memory, deleted files, timers, locks, pipes, terminals and sockets that are only in flight',
    alone: 'terminals',
  },
  { name: 'unix-loop', proves: 'a socket in flight in itself' },
  { name: 'unix-options', proves: 'socket options; credentials of messages that wait', processes: 2 },
  { name: 'every-option', proves: 'every option of six kinds of sockets that lets itself be changed', needs: { root: true } },
  {
    name: 'tcp-listening',
    proves: 'listening TCP sockets v4 and v6: port, backlog, options, clients',
    processes: 2,
    needs: { feature: 'IPv6 loopback' },
  },
  {
    name: 'tcp-listening',
    args: ['mptcp'],
    proves: 'the same with MPTCP, as Go listens',
    processes: 2,
    needs: { feature: 'CONFIG_MPTCP' },
    beyond: 'another protocol than TCP',
  },
  { name: 'tcp-closed', proves: 'TCP sockets fresh and bound, with options', needs: { feature: 'IPv6 loopback' } },
  { name: 'udp', proves: 'UDP sockets v4 and v6, bound and connected', needs: { feature: 'IPv6 loopback' } },
  {
    name: 'udp',
    args: ['queued'],
    proves: 'the same with datagrams that wait',
    needs: { feature: 'IPv6 loopback' },
    seenOnce: PEEKED,
  },
]);
