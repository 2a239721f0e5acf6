// SPDX-License-Identifier: GPL-2.0-only
// bind(2) keeps a name as it is given, and makes the file where that name leads at the time. So a socket whose file is not
// (or no longer) at its name is bound below another root directory, in which the name leads to an empty place.
import { AT_FDCWD, AT_REMOVEDIR, O_CLOEXEC, O_PATH } from '../../../linux/fcntl.js';
import type { TreePlan } from '../../../plan/tree.js';
import { okOr } from '../../../program/index.js';
import { isAbsolute, nameText, pathBytes, unixAddress } from './name.js';

const EEXIST = 17;
const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const PRIVATE = 0o700;
const SLASH = '/';

interface Bound {
  /** sun_path. */
  readonly name: Uint8Array;
  /** What a relative name is relative to. */
  readonly folder: string | undefined;
}

/**
 * For a name that is gone: the root is a tmpfs that is mounted nowhere (fsmount(2), 5.2), so nobody sees the file, nobody's
 * is in the way, and nothing is left of it if we are killed. `file`: pool number for an O_PATH descriptor of the socket's
 * file, by which it can be reached.
 */
export function bindSecluded(
  plan: TreePlan,
  at: number,
  bound: Bound & { readonly file: number | undefined },
  why: string,
): void {
  const { root, pool } = plan;
  const outer = outerRoot(plan);
  root.call('fchdir', [nowhere(plan, why)], { why });
  bindBelow(plan, at, bound, why);
  const path = root.path(pathBytes(bound.name));
  if (bound.file !== undefined) {
    const made = root.call('openat', [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], { why, save: true });
    pool.place(root, made, bound.file, why);
  }
  root.call('unlinkat', [AT_FDCWD, path, 0], { why });
  comeBack(plan, outer, why);
}

/**
 * For a file that has another name by now, `path`: the root is a directory for the moment beside that, from which the file is
 * renamed to where it belongs. A restore that was killed in between leaves the directory; the next one moves it aside.
 */
export function bindBeside(plan: TreePlan, at: number, bound: Bound & { readonly path: Buffer }, why: string): void {
  const { root, model } = plan;
  const outer = outerRoot(plan);
  const end = bound.path.lastIndexOf(SLASH);
  const shelter = Buffer.concat([bound.path.subarray(0, end + 1), Buffer.from(`.stasis-${model.root.pid}-bind`)]);
  const { folders, file } = placesOf(bound);
  const below = (path: Buffer) => Buffer.concat([shelter, path]);
  const all = [shelter, ...folders.map(below)];
  plan.movedAside.add(shelter.toString());
  for (const path of all) plan.undo({ action: 'rmdir', path, why });
  plan.undo({ action: 'unlink', path: below(file), why });
  root.call('mkdirat', [AT_FDCWD, root.path(shelter), PRIVATE], { why });
  root.call('chdir', [root.path(shelter)], { why });
  bindBelow(plan, at, bound, why);
  comeBack(plan, outer, why);
  root.call('renameat2', [AT_FDCWD, root.path(below(file)), AT_FDCWD, root.path(bound.path), 0], {
    why: `${why}, which is ${bound.path.toString()} now`,
  });
  for (const folder of all.toReversed()) root.call('unlinkat', [AT_FDCWD, root.path(folder), AT_REMOVEDIR], { why });
}

/** Makes the working directory the root, and binds there. */
function bindBelow({ root }: TreePlan, at: number, { name, folder }: Bound, why: string): void {
  root.call('chroot', [root.path('.')], { why });
  for (const path of placesOf({ name, folder }).folders)
    root.call('mkdirat', [AT_FDCWD, root.path(path), PRIVATE], { why, expect: okOr(-EEXIST) });
  root.call('chdir', [root.path(isAbsolute(name) ? SLASH : (folder ?? SLASH))], { why });
  const address = unixAddress(name);
  root.call('bind', [at, root.bytes(address), address.length], { why: `${why} (${nameText(name)})` });
}

function comeBack({ root }: TreePlan, outer: number, why: string): void {
  root.call('fchdir', [outer], { why });
  root.call('chroot', [root.path('.')], { why });
}

/** The directories that a name needs, outermost first, and where it leads: from a root in which there are no links. */
function placesOf({ name, folder }: Bound): { readonly folders: Buffer[]; readonly file: Buffer } {
  const path = pathBytes(name).toString('latin1');
  const from = isAbsolute(name) ? '' : Buffer.from(folder ?? '').toString('latin1');
  const parts = `${from}/${path}`.split(SLASH).filter((part) => part !== '' && part !== '.');
  const last = parts.pop() ?? '';
  const folders = new Set<string>();
  const way: string[] = [];
  for (const part of parts) {
    if (part === '..') way.pop();
    else {
      way.push(part);
      folders.add(`/${way.join(SLASH)}`);
    }
  }
  const file = `/${[...way, last].join(SLASH)}`;
  return { folders: [...folders].map((one) => Buffer.from(one, 'latin1')), file: Buffer.from(file, 'latin1') };
}

/** Pool number of the root directory of the restorer. */
function outerRoot({ root, pool }: TreePlan): number {
  const key = 'unix:root';
  if (pool.has(key)) return pool.number(key);
  const at = pool.number(key);
  const why = 'unix sockets: keep the root directory';
  const made = root.call('openat', [AT_FDCWD, root.path(SLASH), O_PATH | O_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, at, why);
  return at;
}

/** Pool number of a tmpfs that is mounted nowhere. */
function nowhere({ root, pool }: TreePlan, why: string): number {
  const key = 'unix:nowhere';
  if (pool.has(key)) return pool.number(key);
  const at = pool.number(key);
  const context = root.call('fsopen', [root.path('tmpfs'), FSOPEN_CLOEXEC], { why, save: true });
  root.call('fsconfig', [context, FSCONFIG_CMD_CREATE, 0, 0, 0], { why });
  const mount = root.call('fsmount', [context, FSMOUNT_CLOEXEC, 0], { why, save: true });
  pool.place(root, mount, at, why);
  root.call('close', [context], { why });
  return at;
}
