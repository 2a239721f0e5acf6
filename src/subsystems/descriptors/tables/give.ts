// SPDX-License-Identifier: GPL-2.0-only
import { F_SETFD, O_CLOEXEC } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import type { Fd, FdTable } from '../../../model/types.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';

/** All that is made late is at its final number in the table whose owner makes it. */
const GIVEN = new Derived((tree: TreePlan) => tree.barrier('what is made late is there', tree.makers.givers.size));

/**
 * What cannot be inherited, as it is there only when all processes are (pidfds), is made by its first holder, and taken by the
 * others with pidfd_getfd(2): so it is one description. Each table is full but for that; nobody waits before it has given.
 */
export function give(plan: TaskPlan, table: FdTable): void {
  const { tree, strand, task } = plan;
  if (tree.makers.givers.size === 0) return;
  const given = derived(tree, GIVEN);
  if (tree.makers.givers.has(table)) strand.arrive(given, `fds of pid ${task.pid}: others may take what they share`);
  const wanted = byGiver(tree, table);
  if (wanted.size > 0) strand.wait(given, `pid ${task.pid}: wait for descriptors that others make`);
  for (const [giver, files] of wanted) take(plan, giver, files);
}

function take({ tree, strand, task }: TaskPlan, giver: FdTable, files: ReadonlyMap<number, readonly Fd[]>): void {
  const from = giver.owner.pid;
  const whose = `fds of pid ${task.pid}: those that pid ${from} has made`;
  // At a number that no table has: the lowest free one may be about to be taken.
  const pidfd = tree.pool.number('process that gives');
  tree.pool.place(strand, strand.call('pidfd_open', [from, 0], { why: whose, save: true }), pidfd, whose);
  for (const [file, fds] of files) {
    const [first, ...others] = fds as [Fd, ...Fd[]];
    const why = `fd ${first.fd} of pid ${task.pid}: take file ${file} from pid ${from}`;
    const there = tree.makers.holders(file)[0]?.fd as number;
    const taken = strand.call('pidfd_getfd', [pidfd, there, 0], { why, save: true });
    strand.move(taken, first.fd, O_CLOEXEC, { why });
    if (!first.cloexec) strand.call('fcntl', [first.fd, F_SETFD, 0], { why: `${why}, stays open on exec` });
    for (const { fd, cloexec } of others) strand.call('dup3', [first.fd, fd, cloexec ? O_CLOEXEC : 0], { why });
  }
  strand.call('close', [pidfd], { why: whose });
}

/** What a table has of others that make it: by those, and by file. */
function byGiver({ makers }: TreePlan, table: FdTable): Map<FdTable, Map<number, Fd[]>> {
  const wanted = new Map<FdTable, Map<number, Fd[]>>();
  for (const held of table.fds) {
    const giver = makers.ownerOf(held.file);
    if (!giver || giver === table) continue;
    const files = wanted.get(giver) ?? new Map<number, Fd[]>();
    wanted.set(giver, files);
    const numbers = files.get(held.file);
    if (numbers) numbers.push(held);
    else files.set(held.file, [held]);
  }
  return wanted;
}
