// SPDX-License-Identifier: GPL-2.0-only

import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StasisError } from '../errors/index.js';
import type { FileEntry, InetSkEntry } from '../images/generated/messages.js';
import { O_ACCMODE, O_RDONLY } from '../linux/fcntl.js';
import type { TreePlan } from '../plan/tree.js';
import { outsidePair } from '../subsystems/descriptors/tty/caller.js';
import { ownPairs } from '../subsystems/descriptors/tty/pairs.js';
import { remapsOf } from '../subsystems/files/ghosts/model.js';
import { isMadeAnew } from '../subsystems/files/regular/path.js';
import { addressText } from '../subsystems/network/inet/address.js';
import { parseMounts } from '../text/mountinfo.js';

/** struct stat's st_mode */
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const QUIET: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'] };

/**
 * Makes names, pipes, terminals and addresses where the frozen tree has none of them: folders in which a restore makes names
 * are overlaid, FIFOs have others in their place, terminals and networks are new. For a mount and network namespace that nobody
 * else is in. `folder`: an empty one, out of whose sight the rest of the world may go.
 */
export function prepareScene(plan: TreePlan, folder: string): void {
  if (outsidePair(plan.model)) throw impossible('terminal of the caller', 'it is in use, and there is only one');
  run('mount', '-t', 'tmpfs', '-o', 'mode=700', 'stasis-scene', folder);
  // Seen from inside: it may lie in a folder that is about to be covered.
  process.chdir(folder);
  const mounts = mountPoints();
  for (const [index, covered] of foldersOf(plan).entries()) cover(plan, covered, index, mounts);
  for (const [index, path] of fifos(plan).entries()) replaceFifo(path, index);
  if (ownPairs(plan.model).length > 0) {
    run('mount', '-t', 'devpts', '-o', 'newinstance,ptmxmode=0666,mode=0620', 'devpts', '/dev/pts');
    run('mount', '--bind', '/dev/pts/ptmx', '/dev/ptmx');
  }
  network(plan);
}

/** What a restore of this tree does, and a rehearsal in this scene does not, or not in the same place; no rehearsal has the last step. */
export function notRehearsed(plan: TreePlan): string[] {
  const { model, images } = plan;
  const files = [...model.files.values()];
  const told: [number, string][] = [
    [images.list('FILE_LOCKS').length, 'file locks: the frozen tree has them'],
    [files.filter(({ isk }) => isk).length, 'addresses and ports of sockets: taken in a network of its own'],
    [
      files.filter(({ usk }) => usk && usk.name.length > 0).length,
      'names of unix sockets: made in folders and a network of its own',
    ],
    [fifos(plan).length, 'FIFOs: others in their place'],
    [ownPairs(model).length, 'numbers of pseudo-terminals: given by a devpts of its own'],
  ];
  return told.flatMap(([count, what]) => (count > 0 ? [what] : []));
}

/** Folders in which the restore makes, moves or removes names; those that are there, none within another. */
function foldersOf(plan: TreePlan): string[] {
  const paths = [...plan.movedAside, ...plan.undos.map(({ path }) => path.toString())];
  const folders = [...new Set(paths.map((path) => existing(dirname(path))))].sort();
  if (folders.includes('/')) throw impossible('names in /', 'the root directory cannot be covered');
  return folders.filter((folder, i) => !folders.slice(0, i).some((above) => folder.startsWith(`${above}/`)));
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** An overlay whose upper layer is ours; mounts below it come back into sight, and files that are written to stay themselves. */
function cover(plan: TreePlan, folder: string, index: number, mounts: readonly string[]): void {
  const [below, above, work] = ['below', 'above', 'work'].map((name) => `${name}-${index}`) as [string, string, string];
  for (const made of [below, above, work]) mkdirSync(made);
  const { mode, uid, gid } = statSync(folder);
  chownSync(above, uid, gid);
  chmodSync(above, mode & 0o7777);
  run('mount', '-c', '--rbind', folder, below);
  run('mount', '-c', '-t', 'overlay', '-o', `lowerdir=${below},upperdir=${above},workdir=${work}`, 'stasis-scene', folder);
  const inside = (path: string): boolean => path.startsWith(`${folder}/`);
  const uncovered = mounts.filter(inside);
  for (const point of uncovered.filter((path) => !uncovered.some((other) => path.startsWith(`${other}/`))))
    run('mount', '-c', '--rbind', `${below}${point.slice(folder.length)}`, point);
  // Opened for writing they would be copied, however large.
  for (const path of written(plan).filter(inside)) run('mount', '-c', '--bind', `${below}${path.slice(folder.length)}`, path);
}

function written({ model }: TreePlan): string[] {
  // No link leads from one mount to another.
  const linked = new Set([...remapsOf(model).links.values()].map(({ target }) => target));
  const held = new Set(model.tables.flatMap(({ fds }) => fds.map(({ file }) => file)));
  const paths = [...model.files.values()].flatMap((file: FileEntry) => {
    const { reg, id } = file;
    if (!reg || isMadeAnew(model, file) || ((reg.mode ?? 0) & S_IFMT) !== S_IFREG) return [];
    // How a mapped file is opened its mappings tell; it is bound in any case.
    return held.has(id) && (reg.flags & O_ACCMODE) === O_RDONLY ? [] : [reg.name];
  });
  return [...new Set(paths)].filter(
    (path) => !linked.has(Buffer.from(path).toString('latin1')) && lstatSync(path, { throwIfNoEntry: false })?.isFile(),
  );
}

function fifos({ model }: TreePlan): string[] {
  const paths = [...model.files.values()].flatMap(({ fifo }) => {
    const file = fifo?.regf_id === undefined ? undefined : model.files.get(fifo.regf_id);
    return file?.reg && !isMadeAnew(model, file) ? [file.reg.name] : [];
  });
  return [...new Set(paths)].filter((path) => existsSync(path));
}

function replaceFifo(path: string, index: number): void {
  const name = `fifo-${index}`;
  const { mode, uid, gid } = statSync(path);
  run('mkfifo', name);
  chownSync(name, uid, gid);
  chmodSync(name, mode & 0o7777);
  run('mount', '-c', '--bind', name, path);
}

/** A network of one device, which has every address that the tree's sockets are bound to. */
function network({ model }: TreePlan): void {
  const sockets = [...model.files.values()].flatMap(({ isk }) => isk ?? []);
  if (sockets.length === 0) return;
  run('ip', 'link', 'set', 'lo', 'up');
  const own = new Set(sockets.filter(({ src_addr }) => src_addr.some((word) => word !== 0)).map(addressOf));
  for (const address of own) {
    if (address === '::1' || address.startsWith('127.')) continue;
    run('ip', 'address', 'add', address, 'dev', 'lo', ...(address.includes(':') ? ['nodad'] : []));
  }
  for (const family of ['-4', '-6']) run('ip', family, 'route', 'add', 'default', 'dev', 'lo');
}

function addressOf({ family, src_addr }: InetSkEntry): string {
  return addressText(family, src_addr, 0).replace(/^\[?(.*?)\]?:0$/, '$1');
}

/** Where something is mounted: proc_pid_mountinfo(5). */
function mountPoints(): string[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'latin1')).map(({ place }) => Buffer.from(place, 'latin1').toString());
}

function run(program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, QUIET);
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    const cause = code === 'ENOENT' ? `there is no ${program} here` : stderr?.toString().trim() || message;
    throw impossible(`${program} ${args.join(' ')}`, cause, error);
  }
}

function impossible(object: string, cause: string, source?: unknown): StasisError {
  return new StasisError({ kind: 'unsupported', operation: 'rehearse', object, cause, hint: 'dump without --rehearse', source });
}
