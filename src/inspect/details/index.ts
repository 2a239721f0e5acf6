// SPDX-License-Identifier: GPL-2.0-only
import { type Description, FileKind } from '../../facts/generated.js';
import type { Refusal } from '../types.js';
import { epoll, eventfd, memfd, signalfd, timerfd } from './anonymous.js';
import { byPath } from './files.js';
import type { Detail, Look } from './look.js';
import { pipe } from './pipes.js';
import { inet, inetName, unix, unixName } from './sockets.js';
import { terminal } from './terminals.js';

const KINDS = new Map<FileKind, { readonly name: string | ((description: Description) => string); readonly detail: Detail }>([
  [FileKind.REGULAR, { name: 'file', detail: byPath }],
  [FileKind.DIRECTORY, { name: 'directory', detail: byPath }],
  [FileKind.CHARACTER, { name: 'character device', detail: byPath }],
  [FileKind.BLOCK, { name: 'block device', detail: byPath }],
  [FileKind.SYMLINK, { name: 'symbolic link', detail: byPath }],
  [FileKind.SOCKET_PATH, { name: 'socket file', detail: byPath }],
  [FileKind.FIFO, { name: 'fifo', detail: pipe }],
  [FileKind.PIPE, { name: 'pipe', detail: pipe }],
  [FileKind.EVENTFD, { name: 'eventfd', detail: eventfd }],
  [FileKind.EPOLL, { name: 'epoll', detail: epoll }],
  [FileKind.TIMERFD, { name: 'timerfd', detail: timerfd }],
  [FileKind.SIGNALFD, { name: 'signalfd', detail: signalfd }],
  [FileKind.MEMFD, { name: 'memfd', detail: memfd }],
  [FileKind.TTY_MASTER, { name: 'terminal master', detail: terminal }],
  [FileKind.TTY_SLAVE, { name: 'terminal', detail: terminal }],
  [FileKind.TTY_CURRENT, { name: 'terminal', detail: terminal }],
  [FileKind.UNIX, { name: unixName, detail: unix }],
  [FileKind.INET, { name: inetName, detail: inet }],
]);

/** What people call it; of a kind that is not supported, what its refusal does. */
export function kindName(description: Description, refusal: Refusal | undefined): string {
  const name = KINDS.get(description.kind)?.name;
  if (name === undefined) return refusal?.kind ?? 'unknown';
  return typeof name === 'string' ? name : name(description);
}

export function detailOf(description: Description, look: Look): string {
  return (KINDS.get(description.kind)?.detail ?? byPath)(description, look);
}
