// SPDX-License-Identifier: GPL-2.0-only

import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_RDWR } from '../../../linux/fcntl.js';
import { Derived, derived, Finding } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import { ofTerminal } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { Slot } from '../../../program/index.js';
import { setStatus } from '../tables/status.js';
import { restoreData } from './data.js';
import { type Pair, terminalsOf } from './model.js';
import { TIOCEXCL, TIOCGPTN, TIOCPKT, TIOCSPTLCK } from './numbers.js';
import { setTermios, setWindow } from './settings.js';

/** Each number below one takes an operation; `kernel.pty.max` is 4096 unless somebody raised it. */
const MOST_PAIRS = 1 << 16;
const PAIRS = new Derived((_: TreePlan) => ({ made: false }));
/** Indices that the host has given away already, as /dev/pts shows them. */
export const TAKEN = new Finding<ReadonlySet<number>>(new Set());

/** Pairs that are made anew. */
export function ownPairs(model: Model): Pair[] {
  return [...terminalsOf(model).pairs.values()].filter(({ kind }) => kind !== 'outside');
}

export function describePair({ index }: Pair): string {
  return `pseudo-terminal ${index}`;
}

export function slavePath({ index }: Pair): string {
  return `/dev/pts/${index}`;
}

/** Pool number of the master, which is that of its description where one has it. */
export function masterNumber(plan: TreePlan, pair: Pair): number {
  const [file] = pair.master ? ofTerminal(plan.model, pair.master.id) : [];
  return file ? plan.pool.file(file.id) : plan.pool.number(`pty:${pair.index}`);
}

/**
 * Makes all pairs that the tree had, with the numbers they had. The kernel gives the lowest number that is free, so
 * those that are free below one of them are taken for the moment.
 */
export function makePairs(plan: TreePlan): void {
  const state = derived(plan, PAIRS);
  if (state.made) return;
  state.made = true;
  const pairs = new Map(ownPairs(plan.model).map((pair) => [pair.index, pair]));
  const taken = plan.findings.get(TAKEN);
  const highest = Math.max(-1, ...pairs.keys());
  if (highest >= MOST_PAIRS) throw wrong('tty-info.img', `a pseudo-terminal cannot have the number ${highest}`);
  const fillers: number[] = [];
  for (let index = 0; index <= highest; index++) {
    if (taken.has(index)) continue;
    const pair = pairs.get(index);
    const opened = openMaster(plan, index);
    if (pair) makePair(plan, pair, opened);
    else fillers.push(setAside(plan, index, opened));
  }
  for (const filler of fillers)
    plan.root.call('close', [filler], { why: 'pseudo-terminals: give back numbers that others may have' });
}

/** At a number of its own: there may be many, and the lowest ones are for what is made for a moment. */
function setAside({ root, pool }: TreePlan, index: number, opened: Slot): number {
  const at = pool.number(`pty-filler:${index}`);
  pool.place(root, opened, at, `pseudo-terminal ${index}: keep it from being given`);
  return at;
}

function openMaster({ root }: TreePlan, index: number): Slot {
  const why = `pseudo-terminal ${index}: get that number`;
  const made = root.call('openat', [AT_FDCWD, root.path('/dev/ptmx'), O_RDWR | O_NOCTTY | O_CLOEXEC, 0], { why, save: true });
  const number = root.reserve(4, 4);
  root.call('ioctl', [made, TIOCGPTN, number], { why });
  root.compare(number, root.ints([index]), 4, { why: `${why} (another program may have opened a terminal meanwhile)` });
  return made;
}

function makePair(plan: TreePlan, pair: Pair, opened: Slot): void {
  const { root, pool, model } = plan;
  const what = describePair(pair);
  const at = masterNumber(plan, pair);
  pool.place(root, opened, at, what);
  for (const { tty } of pair.master ? ofTerminal(model, pair.master.id) : []) if (tty) setStatus(root, at, tty.flags, what);
  root.call('ioctl', [at, TIOCSPTLCK, root.ints([0])], { why: `${what}: unlock` });
  const { rest } = restoreData(plan, pair, at);
  const info = pair.master ?? pair.slave;
  if (info) {
    setTermios(root, at, info, what);
    setWindow(root, at, info, what);
  }
  rest();
  const node = [pair.slave, pair.master].find((end) => end?.mode !== undefined);
  if (node?.mode === undefined) return;
  const path = root.path(slavePath(pair));
  root.call('fchownat', [AT_FDCWD, path, node.uid ?? 0, node.gid ?? 0, 0], { why: `${what}: owner` });
  root.call('fchmodat', [AT_FDCWD, path, node.mode & 0o7777], { why: `${what}: mode` });
}

/** When all ends are open: what would have been in the way. */
export function finishPair(plan: TreePlan, pair: Pair): void {
  const { root, pool, model } = plan;
  const what = describePair(pair);
  const at = masterNumber(plan, pair);
  if (pair.kind === 'hung up') {
    root.call('close', [at], { why: `${what}: hang up` });
    return;
  }
  const { master, slave } = pair;
  if (master?.packet_mode) root.call('ioctl', [at, TIOCPKT, root.ints([1])], { why: `${what}: packet mode` });
  if (master?.exclusive) root.call('ioctl', [at, TIOCEXCL, 0], { why: `${what}: exclusive mode` });
  const [file] = slave ? ofTerminal(model, slave.id) : [];
  if (slave?.exclusive && file)
    root.call('ioctl', [pool.file(file.id), TIOCEXCL, 0], { why: `${what}: exclusive mode of the slave` });
  if (master?.locked) root.call('ioctl', [at, TIOCSPTLCK, root.ints([1])], { why: `${what}: lock` });
}
