// SPDX-License-Identifier: GPL-2.0-only
import type { UnixSkEntry } from '../../images/generated/messages.js';
import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../../linux/fcntl.js';
import type { TreePlan } from '../../restore/plan.js';
import { AF_UNIX } from '../sockets/numbers.js';

const SLASH = 0x2f;

/** struct sockaddr_un of a name, without NULs behind a path. */
export function unixAddress(name: Uint8Array): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16LE(AF_UNIX, 0);
  return Buffer.concat([head, isPath(name) ? Buffer.concat([pathBytes(name), Buffer.of(0)]) : name]);
}

export function isNamed({ name }: UnixSkEntry): boolean {
  return name.length > 0;
}

export function isPath(name: Uint8Array): boolean {
  return name.length > 0 && name[0] !== 0;
}

function pathBytes(name: Uint8Array): Buffer {
  const end = name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end));
}

/** For people and as a key: `@name` when abstract. */
export function nameText(name: Uint8Array): string {
  if (name.length === 0) return '(unnamed)';
  return isPath(name) ? pathBytes(name).toString() : `@${Buffer.from(name.subarray(1)).toString()}`;
}

/** Where the socket's path leads. */
export function absolutePathBytes({ name, name_dir }: UnixSkEntry): Buffer {
  const path = pathBytes(name);
  return path[0] === SLASH || !name_dir ? path : Buffer.concat([Buffer.from(`${name_dir}/`), path]);
}

/** The same for people. */
export function absolutePath(socket: UnixSkEntry): string {
  return absolutePathBytes(socket).toString();
}

/** Where connect(2) and sendmsg(2) find the socket: at its file, where the name leads nowhere. Its peers still see the name. */
export function reachable(plan: TreePlan, socket: UnixSkEntry): Buffer {
  if (socket.moved_to) return unixAddress(socket.moved_to);
  if (!socket.deleted || !isPath(socket.name)) return unixAddress(socket.name);
  return unixAddress(Buffer.from(`/proc/self/fd/${fileOf(plan, socket)}`));
}

/** Pool number of the file of a socket whose name is deleted. */
function fileOf({ pool }: TreePlan, { ino }: UnixSkEntry): number {
  return pool.number(`unix-file:${ino}`);
}

/** As /proc/net/unix shows a name without a file: each byte a character. */
export function abstractName(name: Uint8Array): string {
  return `@${Buffer.from(name.subarray(1)).toString('latin1').replaceAll('\0', '@')}`;
}

/**
 * bind(2) to the name the socket had. A socket file that is left from before is moved aside first: the check has seen
 * that nobody listens at it.
 */
export function bindName(plan: TreePlan, at: number, socket: UnixSkEntry, what: string): void {
  if (!isNamed(socket)) return;
  const { root } = plan;
  const { name, name_dir, file_perms, deleted, moved_to } = socket;
  const address = unixAddress(name);
  const why = `${what}: bind to ${nameText(name)}`;
  if (!isPath(name)) {
    root.call('bind', [at, root.bytes(address), address.length], { why });
    return;
  }
  // The name is kept as it was given, which may be relative.
  if (name_dir) root.call('chdir', [root.path(name_dir)], { why });
  const path = root.path(pathBytes(name));
  root.call('bind', [at, root.bytes(address), address.length], { why });
  plan.asides.add(absolutePath(socket));
  if (deleted) {
    const gone = `${what}: its name is deleted`;
    const file = root.call('openat', [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], { why: gone, save: true });
    plan.pool.place(root, file, fileOf(plan, socket), gone);
    root.call('unlinkat', [AT_FDCWD, path, 0], { why: gone });
  } else if (file_perms) {
    root.call('fchmodat', [AT_FDCWD, path, file_perms.mode & 0o7777], { why: `${what}: mode of ${nameText(name)}` });
    root.call('fchownat', [AT_FDCWD, path, file_perms.uid, file_perms.gid, 0], { why: `${what}: owner of ${nameText(name)}` });
  }
  if (moved_to) {
    const to = Buffer.from(moved_to).toString();
    root.call('renameat2', [AT_FDCWD, path, AT_FDCWD, root.path(Buffer.from(moved_to)), 0], { why: `${what}: is now ${to}` });
    plan.asides.add(to);
  }
}
