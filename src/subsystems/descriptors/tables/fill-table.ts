// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../../images/generated/messages.js';
import { F_SETFD, O_CLOEXEC } from '../../../linux/fcntl.js';
import type { Fd, FdTable } from '../../../model/types.js';
import { LOWEST } from '../../../plan/pool.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { kindOf } from './make.js';
import { inOrder } from './moves.js';

/** A task's descriptors at their final numbers: what the root has made for all, and what it makes for itself alone. */
export function fillTable(plan: TaskPlan, table: FdTable): void {
  const { tree, strand, task } = plan;
  const own = ownOf(tree, table);
  const making = tree.madeBy(strand, tree.pool.within(new Map(Array.from(own, ([file, [first]]) => [file, (first as Fd).fd]))));
  const make = (file: number, [first]: readonly Fd[]): void => {
    const entry = tree.model.files.get(file) as FileEntry;
    const { fd, cloexec } = first as Fd;
    kindOf(entry).create(making, entry, fd);
    if (!cloexec) setFlag(plan, { fd, cloexec, file });
  };
  // Low numbers are free for the moment, so that what is made there meets neither what is inherited nor what is final.
  for (const [file, fds] of own) if (isHigh(fds)) make(file, fds);
  takeInherited(plan, table);
  for (const [file, fds] of own) if (!isHigh(fds)) make(file, fds);
  for (const fds of own.values()) {
    const [first, ...others] = fds as [Fd, ...Fd[]];
    for (const other of others) duplicate(plan, { ...other, from: first.fd, to: other.fd });
  }
  for (const file of own.keys()) {
    const entry = tree.model.files.get(file) as FileEntry;
    kindOf(entry).link?.(making, entry, making.pool.file(file));
  }
  closeLeftovers(strand, task.pid, table);
}

function isHigh([first]: readonly Fd[]): boolean {
  return first !== undefined && first.fd >= LOWEST;
}

/** Files that the owner of a table makes, with their numbers there: first one that is not low, where there is any. */
function ownOf({ makers }: TreePlan, table: FdTable): Map<number, Fd[]> {
  const own = new Map<number, Fd[]>();
  for (const held of table.fds) {
    if (makers.ownerOf(held.file) !== table) continue;
    const numbers = own.get(held.file);
    if (!numbers) own.set(held.file, [held]);
    else if (held.fd >= LOWEST && !isHigh(numbers)) numbers.unshift(held);
    else numbers.push(held);
  }
  return own;
}

function takeInherited(plan: TaskPlan, table: FdTable): void {
  const { tree } = plan;
  const inherited = table.fds
    .filter(({ file }) => makerIsRoot(tree, file))
    .map((held) => ({ ...held, from: tree.pool.file(held.file), to: held.fd }));
  const moves = inOrder(
    inherited.filter(({ from, to }) => from !== to),
    () => tree.pool.number('kept for a moment'),
  );
  for (const move of moves) duplicate(plan, move);
  for (const held of inherited) if (held.from === held.to && !held.cloexec) setFlag(plan, held);
}

function makerIsRoot({ makers }: TreePlan, file: number): boolean {
  return makers.ownerOf(file) === undefined;
}

function duplicate({ strand, task }: TaskPlan, move: { from: number; to: number } & Partial<Fd>): void {
  const why = `fd ${move.to} of pid ${task.pid}: ${move.file === undefined ? 'keep for a moment' : `take file ${move.file}`}`;
  strand.call('dup3', [move.from, move.to, move.cloexec === false ? 0 : O_CLOEXEC], { why });
}

/** Whatever is made is close-on-exec at first. */
function setFlag({ strand, task }: TaskPlan, { fd }: Fd): void {
  strand.call('fcntl', [fd, F_SETFD, 0], { why: `fd ${fd} of pid ${task.pid}: stays open on exec` });
}

/** What the seed had open and this table does not have. */
function closeLeftovers(strand: TaskPlan['strand'], pid: number, table: FdTable): void {
  const kept = new Set(table.fds.map(({ fd }) => fd));
  for (let low = 0; low < LOWEST; low++) {
    if (kept.has(low)) continue;
    let high = low;
    while (high + 1 < LOWEST && !kept.has(high + 1)) high += 1;
    strand.call('close_range', [low, high, 0], { why: `fds ${low} to ${high} of pid ${pid}: close` });
    low = high;
  }
}
