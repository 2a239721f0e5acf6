// SPDX-License-Identifier: GPL-2.0-only
import type { Description, DescriptionKind } from '../../facts/generated.js';
import type { Refusal } from '../types.js';
import { epoll, eventfd, memfd, signalfd, timerfd } from './anonymous.js';
import { byPath } from './files.js';
import type { Detail, Look } from './look.js';
import { pipe } from './pipes.js';
import { inet, inetName, unix, unixName } from './sockets.js';
import { terminal, terminalName } from './terminals.js';

const KINDS = {
  regular: { name: 'file', detail: byPath },
  directory: { name: 'directory', detail: byPath },
  characterDevice: { name: 'character device', detail: byPath },
  blockDevice: { name: 'block device', detail: byPath },
  symlink: { name: 'symbolic link', detail: byPath },
  socketFile: { name: 'socket file', detail: byPath },
  fifo: { name: 'fifo', detail: pipe },
  pipe: { name: 'pipe', detail: pipe },
  eventfd: { name: 'eventfd', detail: eventfd },
  epoll: { name: 'epoll', detail: epoll },
  timerfd: { name: 'timerfd', detail: timerfd },
  signalfd: { name: 'signalfd', detail: signalfd },
  memfd: { name: 'memfd', detail: memfd },
  tty: { name: terminalName, detail: terminal },
  unix: { name: unixName, detail: unix },
  inet: { name: inetName, detail: inet },
} satisfies Record<DescriptionKind, { readonly name: string | ((description: Description) => string); readonly detail: Detail }>;

/** What people call it; of a kind that is not supported, what its refusal does. */
export function kindName(description: Description, refusal: Refusal | undefined): string {
  const name = description.kind && KINDS[description.kind].name;
  if (name === undefined) return refusal?.kind ?? 'unknown';
  return typeof name === 'string' ? name : name(description);
}

export function detailOf(description: Description, look: Look): string {
  return (description.kind ? KINDS[description.kind].detail : byPath)(description, look);
}
