// SPDX-License-Identifier: GPL-2.0-only
import type { UnixSkEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../../../linux/fcntl.js';
import type { TreePlan } from '../../../plan/tree.js';
import { absolutePath, fileOf, hasFileOpen, isNamed, isPath, nameText, pathBytes, unixAddress } from './name.js';
import { bindBeside, bindSecluded } from './seclusion.js';

/**
 * bind(2) to the name the socket had. Its file is made where its names lead to it, and nowhere else: what is at a path that the
 * socket has lost since belongs to somebody else. A socket file that is left from before is moved aside first: the check
 * has seen that nobody listens at it.
 */
export function bindName(plan: TreePlan, at: number, socket: UnixSkEntry, what: string): void {
  if (!isNamed(socket)) return;
  const { root } = plan;
  const { name, name_dir, deleted, moved_to } = socket;
  const why = `${what}: bind to ${nameText(name)}`;
  if (!isPath(name)) bindAddress(plan, at, name, why);
  else if (deleted) bindSecluded(plan, at, { name, folder: name_dir, file: fileOf(plan, socket) }, why);
  else {
    const [first, ...others] = namesOf(socket) as [Buffer, ...Buffer[]];
    if (moved_to) bindBeside(plan, at, { name, folder: name_dir, path: first }, why);
    else {
      // The name is kept as it was given, which may be relative.
      if (name_dir) root.call('chdir', [root.path(name_dir)], { why });
      bindAddress(plan, at, name, why);
    }
    finishFile(plan, socket, first, others, what);
  }
}

/** Paths that lead to the socket's file; the first is where it is made. */
export function namesOf(socket: UnixSkEntry): Buffer[] {
  if (!isPath(socket.name) || socket.deleted) return [];
  const first = socket.moved_to ? Buffer.from(socket.moved_to) : absolutePath(socket);
  return [first, ...socket.other_names.map((name) => Buffer.from(name))];
}

function bindAddress({ root }: TreePlan, at: number, name: Uint8Array, why: string): void {
  const address = unixAddress(name);
  root.call('bind', [at, root.bytes(address), address.length], { why });
}

/** Mode, owner and further names of the file that bind(2) has made at `first`. */
function finishFile(plan: TreePlan, socket: UnixSkEntry, first: Buffer, others: readonly Buffer[], what: string): void {
  const { root, pool } = plan;
  const { file_perms, name } = socket;
  const path = root.path(first);
  plan.movedAside.add(first.toString());
  if (file_perms) {
    const { mode, uid, gid } = file_perms;
    root.call('fchmodat', [AT_FDCWD, path, mode & 0o7777], { why: `${what}: mode of ${nameText(name)}` });
    root.call('fchownat', [AT_FDCWD, path, uid, gid, 0], { why: `${what}: owner of ${nameText(name)}` });
  }
  for (const other of others) {
    plan.movedAside.add(other.toString());
    const why = `${what}: is also ${other.toString()}`;
    root.call('linkat', [AT_FDCWD, path, AT_FDCWD, root.path(other), 0], { why });
  }
  if (!hasFileOpen(socket)) return;
  const why = `${what}: open its file`;
  const file = root.call('openat', [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], { why, save: true });
  pool.place(root, file, fileOf(plan, socket), why);
}

/** A socket for the moment, whose name nobody but its peers sees: whatever has that path now is left alone. */
export function bindForTheMoment(plan: TreePlan, at: number, name: Uint8Array, why: string, file?: number): void {
  if (name.length === 0) return;
  if (isPath(name)) bindSecluded(plan, at, { name: pathBytes(name), folder: undefined, file }, why);
  else bindAddress(plan, at, name, why);
}
