// SPDX-License-Identifier: GPL-2.0-only
import type { UnixSkEntry } from '../../../images/generated/messages.js';
import type { TreePlan } from '../../../plan/tree.js';
import { AF_UNIX } from '../sockets/numbers.js';

const SLASH = 0x2f;

/** sizeof(sun_path). */
const MOST_NAME = 108;

/** struct sockaddr_un of a name; behind a path is one NUL, unless it fills all the room there is. */
export function unixAddress(name: Uint8Array): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16LE(AF_UNIX, 0);
  if (!isPath(name)) return Buffer.concat([head, name]);
  const path = pathBytes(name);
  return Buffer.concat(path.length < MOST_NAME ? [head, path, Buffer.of(0)] : [head, path]);
}

export function isNamed({ name }: UnixSkEntry): boolean {
  return name.length > 0;
}

export function isPath(name: Uint8Array): boolean {
  return name.length > 0 && name[0] !== 0;
}

/** A path without the NULs behind it. */
export function pathBytes(name: Uint8Array): Buffer {
  const end = name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end));
}

/** A name as a key: names are bytes, which need not be text. */
export function nameKey(name: Uint8Array): string {
  return isPath(name) ? pathBytes(name).toString('latin1') : Buffer.from(name).toString('latin1');
}

/** For people: `@name` when abstract. */
export function nameText(name: Uint8Array): string {
  if (name.length === 0) return '(unnamed)';
  return isPath(name) ? pathBytes(name).toString() : `@${Buffer.from(name.subarray(1)).toString()}`;
}

/** Where the socket's path led when it was bound. */
export function absolutePath({ name, name_dir }: UnixSkEntry): Buffer {
  const path = pathBytes(name);
  return isAbsolute(name) || !name_dir ? path : Buffer.concat([Buffer.from(`${name_dir}/`), path]);
}

export function isAbsolute(name: Uint8Array): boolean {
  return name[0] === SLASH;
}

/** Where connect(2) and sendmsg(2) find the socket: at its file, where the name does not lead there. Its peers still see the name. */
export function reachable(plan: TreePlan, socket: UnixSkEntry): Buffer {
  return hasFileOpen(socket) ? openFile(fileOf(plan, socket)) : unixAddress(socket.name);
}

/** Address of a socket by a descriptor of its file. */
export function openFile(file: number): Buffer {
  return unixAddress(Buffer.from(`/proc/self/fd/${file}`));
}

/** Whether its name alone does not lead to the socket, so that its file is kept open for a while. */
export function hasFileOpen({ name, deleted, moved_to }: UnixSkEntry): boolean {
  return isPath(name) && (deleted === true || moved_to !== undefined || !isAbsolute(name));
}

/** Pool number of the file of such a socket. */
export function fileOf({ pool }: TreePlan, { ino }: UnixSkEntry): number {
  return pool.number(`unix-file:${ino}`);
}

/** As /proc/net/unix shows a name without a file: each byte a character. */
export function abstractName(name: Uint8Array): string {
  return `@${Buffer.from(name.subarray(1)).toString('latin1').replaceAll('\0', '@')}`;
}

/** For messages. */
export function describe({ id, socket }: { readonly id: number; readonly socket: UnixSkEntry }): string {
  return `unix socket ${id}${isNamed(socket) ? ` (${nameText(socket.name)})` : ''}`;
}
