// SPDX-License-Identifier: GPL-2.0-only
import type { GhostFileEntry, Timeval } from '../../../images/generated/messages.js';
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from '../../../linux/fcntl.js';
import type { Model } from '../../../model/types.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { isFolder } from './mode.js';
import { type GhostFile, remapsOf } from './model.js';
import type { Place, Places, Stand } from './places.js';

const NS_PER_S = 1_000_000_000n;
const PRIVATE = 0o600;
const PRIVATE_FOLDER = 0o700;
const SET_IDS = 0o6000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const OPEN_TREE_CLONE = 1;
/** GhostFileEntry.unnamed: may not get a name. */
const EXCLUSIVE = 2;

/** Gives each ghost a name for the moment, so that everything can be opened as usual. */
export function makeNames(plan: TreePlan, { folders, stands, ghosts, unnamed, links }: Places): void {
  const { root } = plan;
  // Folders and ghosts in order of depth: either may lie in the other.
  const all = byDepth([...folders.map((at) => ({ at, ghost: undefined })), ...ghosts]);
  for (const { at, ghost } of all) {
    if (ghost) makeGhost(plan, ghost, at);
    else {
      const why = `folder ${text(at)} of a deleted file: make`;
      root.call('mkdirat', [AT_FDCWD, root.path(bytes(at)), PRIVATE_FOLDER], { why });
      plan.undo({ action: 'rmdir', path: bytes(at), why });
    }
  }
  for (const { ghost, at } of unnamed) makeUnnamed(plan, ghost, at);
  for (const { link, at } of links) {
    const why = `deleted name ${text(link.path)}: link ${text(link.target)} there`;
    root.call('linkat', [AT_FDCWD, root.path(bytes(link.target)), AT_FDCWD, root.path(bytes(at)), 0], { why });
    plan.undo({ action: 'unlink', path: bytes(at), why });
  }
  for (const stand of stands) openStand(plan, stand);
}

/** By which path a file is opened, once it has been made. */
export function openedAt({ pool }: TreePlan, { at, stand }: Place): Buffer {
  return bytes(stand ? `/proc/self/fd/${pool.number(standKey(stand))}${at.slice(stand.at.length)}` : at);
}

/** The same of one without a name. */
export function unnamedAt({ pool }: TreePlan, ghost: GhostFile): Buffer {
  return bytes(`/proc/self/fd/${pool.number(key(ghost))}`);
}

/** A mount that is in no namespace, and goes with the last file that was opened through it (open_tree(2), 5.2). */
function openStand({ root, pool }: TreePlan, stand: Stand): void {
  const why = `folder ${text(stand.at)} of deleted files: mount of its own`;
  const made = root.call('open_tree', [AT_FDCWD, root.path(bytes(stand.at)), OPEN_TREE_CLONE | O_CLOEXEC], { why, save: true });
  pool.place(root, made, pool.number(standKey(stand)), why);
}

/** All is open: the names go again. */
export function removeNames({ root }: TreePlan, { folders, ghosts, links }: Places): void {
  const remove = (at: string, folder: boolean) =>
    root.call('unlinkat', [AT_FDCWD, root.path(bytes(at)), folder ? AT_REMOVEDIR : 0], {
      why: `deleted file ${text(at)}: take its name away`,
    });
  for (const { at } of links) remove(at, false);
  const all = [
    ...folders.map((at) => ({ at, folder: true })),
    ...ghosts.map(({ at, ghost }) => ({ at, folder: isFolder(ghost.entry) })),
  ];
  for (const { at, folder } of byDepth(all, -1)) remove(at, folder);
}

function makeGhost(plan: TreePlan, ghost: GhostFile, at: string): void {
  const { root, pool } = plan;
  const { uid, gid, mode, rdev } = ghost.entry;
  const what = `deleted file ${text(ghost.path)}`;
  const why = `${what}: make it anew`;
  const path = root.path(bytes(at));
  if (type(ghost) === S_IFREG) makeRegular(plan, ghost, at, what);
  else if (type(ghost) === S_IFDIR) {
    root.call('mkdirat', [AT_FDCWD, path, PRIVATE_FOLDER], { why });
    const made = root.call('openat', [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], { why, save: true });
    pool.place(root, made, pool.number(key(ghost)), why);
  } else root.call('mknodat', [AT_FDCWD, path, mode, rdev ?? 0], { why });
  plan.undo({ action: type(ghost) === S_IFDIR ? 'rmdir' : 'unlink', path: bytes(at), why });
  root.call('fchownat', [AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW], { why: `${what}: owner` });
  root.call('fchmodat', [AT_FDCWD, path, mode & 0o7777], { why: `${what}: mode` });
}

/**
 * As long as it was, and empty: the host fills it. What stays open can only be read, for a file that is open for
 * writing could not become anybody's executable.
 */
function makeRegular(plan: TreePlan, ghost: GhostFile, at: string, what: string): void {
  const { root, pool } = plan;
  const { size } = ghost;
  const why = `${what}: make it anew`;
  const path = root.path(bytes(at));
  const made = root.call('openat', [AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE], { why, save: true });
  if (size > 0) root.call('ftruncate', [made, size], { why: `${what}: ${size} bytes` });
  root.call('close', [made], { why });
  const opened = root.call('openat', [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], { why, save: true });
  const number = pool.number(key(ghost));
  pool.place(root, opened, number, why);
  fill(plan, ghost, number);
}

/**
 * A file that never had a name (O_TMPFILE): only one that is made like that may be given a name later. Who has it open as
 * it was made gets that very description.
 */
function makeUnnamed(plan: TreePlan, ghost: GhostFile, folder: string): void {
  const { root, pool, model } = plan;
  const { size } = ghost;
  const { uid, gid, mode, unnamed } = ghost.entry;
  const what = `file without a name in ${text(folder)}`;
  const why = `${what}: make it anew`;
  const maker = makerOf(model, ghost);
  const flags = maker === undefined ? O_RDWR : (model.files.get(maker)?.reg?.flags ?? O_RDWR) & ~(O_ASYNC | O_TRUNC | O_CREAT);
  const exclusive = unnamed === EXCLUSIVE ? O_EXCL : 0;
  const wanted = flags | O_TMPFILE | O_DIRECTORY | exclusive | O_CLOEXEC;
  const made = root.call('openat', [AT_FDCWD, root.path(bytes(folder)), wanted, PRIVATE], { why, save: true });
  const at = pool.number(maker === undefined ? `${key(ghost)}:maker` : makerKey(maker));
  pool.place(root, made, at, why);
  if (size > 0) root.call('ftruncate', [at, size], { why: `${what}: ${size} bytes` });
  root.call('fchown', [at, uid, gid], { why: `${what}: owner` });
  root.call('fchmod', [at, mode & 0o7777], { why: `${what}: mode` });
  const path = root.path(`/proc/self/fd/${at}`);
  const opened = root.call('openat', [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], { why, save: true });
  const number = pool.number(key(ghost));
  pool.place(root, opened, number, why);
  if (maker === undefined) root.call('close', [at], { why });
  fill(plan, ghost, number);
}

/** The description by which a file without a name was made: it alone has the flag. */
function makerOf(model: Model, ghost: GhostFile): number | undefined {
  for (const [file, other] of remapsOf(model).ghosts)
    if (other === ghost && (model.files.get(file)?.reg?.flags ?? 0) & O_TMPFILE) return file;
  return undefined;
}

export function makerKey(file: number): string {
  return `maker:${file}`;
}

function fill(plan: TreePlan, { size, image, offset, entry }: GhostFile, fd: number): void {
  if (size > 0) plan.fill({ kind: 'ghost', fd, name: image, offset, size, chunks: entry.chunks ?? false });
}

/** Content is in: what writing has changed. */
export function sealGhost({ tree, strand }: TaskPlan, ghost: GhostFile): void {
  const { mode } = ghost.entry;
  const fd = tree.pool.number(key(ghost));
  const what = `deleted file ${text(ghost.path)}`;
  if (mode & SET_IDS) strand.call('fchmod', [fd, mode & 0o7777], { why: `${what}: mode` });
  const [atime, mtime] = timesOf(ghost.entry);
  if (atime === undefined || mtime === undefined) return;
  const times = strand.words([...timespec(atime), ...timespec(mtime)]);
  strand.call('utimensat', [fd, 0, times, 0], { why: `${what}: times` });
}

/** Of access and of change, in nanoseconds since 1970. */
function timesOf({ atim, mtim, atime_ns, mtime_ns }: GhostFileEntry): [bigint | undefined, bigint | undefined] {
  const whole = (time: Timeval | undefined) =>
    time && BigInt.asIntN(64, BigInt(time.tv_sec)) * NS_PER_S + BigInt(time.tv_usec) * 1000n;
  return [atime_ns === undefined ? whole(atim) : BigInt(atime_ns), mtime_ns === undefined ? whole(mtim) : BigInt(mtime_ns)];
}

/** struct timespec: the part of a second is never negative. */
function timespec(ns: bigint): [bigint, bigint] {
  const part = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
  return [(ns - part) / NS_PER_S, part];
}

export function isSealed(ghost: GhostFile): boolean {
  return type(ghost) === S_IFREG || type(ghost) === S_IFDIR;
}

function key({ id }: GhostFile): string {
  return `ghost:${id}`;
}

function standKey({ at }: Stand): string {
  return `stand:${at}`;
}

function type({ entry }: GhostFile): number {
  return entry.mode & S_IFMT;
}

/** The lowest first, or last (`order` -1). */
function byDepth<T extends { readonly at: string }>(places: readonly T[], order = 1): T[] {
  const deep = places.map((place) => ({ place, depth: place.at.split('/').length * order }));
  return deep.sort((a, b) => a.depth - b.depth).map(({ place }) => place);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function text(path: string): string {
  return bytes(path).toString();
}
