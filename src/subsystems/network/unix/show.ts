// SPDX-License-Identifier: GPL-2.0-only

import type { UnixSocket } from '../../../facts/generated.js';
import { count } from '../../../text/units.js';
import { type Show, words } from '../../show-side.js';
import { SOCK_DGRAM, SOCK_STREAM, TCP_LISTEN } from '../sockets/numbers.js';

export const showUnix: Show<'unix'> = {
  name({ unix: { type } }) {
    return `unix ${type === SOCK_STREAM ? 'stream' : type === SOCK_DGRAM ? 'datagram' : 'seqpacket'} socket`;
  },
  detail({ unix }, { holders, pid }) {
    const { state, peer, peerDescription, peerClosed, queue, pendingConnections } = unix;
    const far =
      (peerDescription && holders.text([peerDescription], pid)) || (peerDescription ? 'a socket in flight' : 'a process outside');
    return (
      words(
        nameOf(unix),
        state === TCP_LISTEN && 'listening',
        pendingConnections > 0 && `${count(pendingConnections, 'connection')} not accepted`,
        peerClosed ? 'its peer has closed' : peer > 0 && `to ${far}`,
        queue.length > 0 && `${count(queue.length, 'message')} unread`,
      ) || 'not connected'
    );
  },
};

function nameOf({ name }: UnixSocket): string | undefined {
  if (name.length === 0) return undefined;
  const text = Buffer.from(name).toString();
  return text.startsWith('\0') ? `@${text.slice(1)}` : text.replace(/\0.*$/s, '');
}
