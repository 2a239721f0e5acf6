// SPDX-License-Identifier: GPL-2.0-only

import type { InetSocket } from '../../../facts/generated.js';
import { count } from '../../../text/units.js';
import { type Show, words } from '../../show-side.js';
import { AF_INET, AF_INET6, SOCK_STREAM, TCP_ESTABLISHED, TCP_LISTEN } from '../sockets/numbers.js';
import { addressText } from './address.js';

export const showInet: Show<'inet'> = {
  name: ({ inet: { type, family } }) => `${type === SOCK_STREAM ? 'TCP' : 'UDP'}${family === AF_INET6 ? ' v6' : ''} socket`,
  detail({ inet }) {
    const { state, bound, sourcePort, source, destination, destinationPort, queue, pendingConnections } = inet;
    return words(
      bound || sourcePort > 0 ? address(inet, source, sourcePort) : 'not bound',
      state === TCP_LISTEN && 'listening',
      pendingConnections > 0 && `${count(pendingConnections, 'connection')} not accepted`,
      (state === TCP_ESTABLISHED || destinationPort > 0) && `to ${address(inet, destination, destinationPort)}`,
      queue.length > 0 && `${count(queue.length, 'datagram')} unread`,
    );
  },
};

function address({ family }: InetSocket, bytes: Uint8Array, port: number): string {
  const whole = new Uint8Array(family === AF_INET ? 4 : 16);
  whole.set(bytes.subarray(0, whole.length));
  return addressText(family, [...new Uint32Array(whole.buffer)], port);
}
