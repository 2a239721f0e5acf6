// SPDX-License-Identifier: GPL-2.0-only

import type { Description, InetSocket, UnixSocket } from '../../facts/generated.js';
import { addressText } from '../../subsystems/inet/address.js';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, TCP_ESTABLISHED, TCP_LISTEN } from '../../subsystems/sockets/numbers.js';
import { count } from '../../text/units.js';
import { type Detail, words } from './look.js';

export function unixName({ unix: socket }: Description): string {
  const type = socket?.type === SOCK_STREAM ? 'stream' : socket?.type === SOCK_DGRAM ? 'datagram' : 'seqpacket';
  return `unix ${type} socket`;
}

export const unix: Detail = ({ unix: socket }, { holders, pid }) => {
  if (!socket) return '';
  const { state, peer, peerDescription, peerClosed, queue, pendingConnections } = socket;
  const far =
    (peerDescription && holders.text([peerDescription], pid)) || (peerDescription ? 'a socket in flight' : 'a process outside');
  return (
    words(
      nameOf(socket),
      state === TCP_LISTEN && 'listening',
      pendingConnections > 0 && `${count(pendingConnections, 'connection')} not accepted`,
      peerClosed ? 'its peer has closed' : peer > 0 && `to ${far}`,
      queue.length > 0 && `${count(queue.length, 'message')} unread`,
    ) || 'not connected'
  );
};

export function inetName({ inet: socket }: Description): string {
  return `${socket?.type === SOCK_STREAM ? 'TCP' : 'UDP'}${socket?.family === AF_INET6 ? ' v6' : ''} socket`;
}

export const inet: Detail = ({ inet: socket }) => {
  if (!socket) return '';
  const { state, bound, sourcePort, source, destination, destinationPort, queue, pendingConnections } = socket;
  return words(
    bound || sourcePort > 0 ? address(socket, source, sourcePort) : 'not bound',
    state === TCP_LISTEN && 'listening',
    pendingConnections > 0 && `${count(pendingConnections, 'connection')} not accepted`,
    (state === TCP_ESTABLISHED || destinationPort > 0) && `to ${address(socket, destination, destinationPort)}`,
    queue.length > 0 && `${count(queue.length, 'datagram')} unread`,
  );
};

function nameOf({ name }: UnixSocket): string | undefined {
  if (name.length === 0) return undefined;
  const text = Buffer.from(name).toString();
  return text.startsWith('\0') ? `@${text.slice(1)}` : text.replace(/\0.*$/s, '');
}

function address({ family }: InetSocket, bytes: Uint8Array, port: number): string {
  const whole = new Uint8Array(family === AF_INET ? 4 : 16);
  whole.set(bytes.subarray(0, whole.length));
  return addressText(family, [...new Uint32Array(whole.buffer)], port);
}
