// SPDX-License-Identifier: GPL-2.0-only
import { AF_INET } from '../sockets/numbers.js';

/** struct sockaddr_in or sockaddr_in6. `words`: the address as it lies in memory. */
export function socketAddress(family: number, words: readonly number[], port: number, scope = 0): Buffer {
  const address = Buffer.from(Uint32Array.from(words).buffer);
  const out = Buffer.alloc(family === AF_INET ? 16 : 28);
  out.writeUInt16LE(family, 0);
  out.writeUInt16BE(port, 2);
  if (family === AF_INET) address.copy(out, 4, 0, 4);
  else {
    address.copy(out, 8, 0, 16);
    out.writeUInt32LE(scope, 24);
  }
  return out;
}

/** `127.0.0.1:80`, `[::1]:80`: for people. */
export function addressText(family: number, words: readonly number[], port: number): string {
  const bytes = Buffer.from(Uint32Array.from(words).buffer);
  if (family === AF_INET) return `${[...bytes.subarray(0, 4)].join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return `[${groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')}]:${port}`;
}

/** Bound to no certain address of this host. */
export function isAny({ src_addr }: { readonly src_addr: readonly number[] }): boolean {
  return src_addr.every((word) => word === 0);
}
