// SPDX-License-Identifier: GPL-2.0-only
import { PR_SET_CHILD_SUBREAPER, PR_SET_NAME } from '../linux/prctl.js';
import { CLONE_FILES, CLONE_FS, CLONE_PARENT, P_PID, RLIMIT_CORE, SIGCHLD, WALL, WEXITED, WNOWAIT } from '../linux/process.js';
import type { Task } from '../model/types.js';
import type { Born, Making } from '../plan/creation/index.js';
import type { TreePlan } from '../plan/tree.js';
import type { Barrier, Strand } from '../program/index.js';

/** Everybody's barriers on the way to a tree that is complete, with sessions and groups as they were. */
export interface BirthBarriers {
  readonly born: Barrier;
  readonly joined: Barrier;
}

/** From the first operation of a process to the point at which the whole tree exists. `inSession`: when it leads a new session. */
export function emitBirth(
  plan: TreePlan,
  born: Born<Task>,
  strand: Strand,
  { born: all, joined }: BirthBarriers,
  inSession: () => void,
): void {
  const who = strand.name;
  if (born.adopts) strand.call('prctl', [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0], { why: `${who}: adopt orphans for now` });
  for (const making of born.before) make(plan, strand, born, making);
  if (born.setsid) {
    strand.call('setsid', [], { why: `${who}: new session` });
    inSession();
  }
  if (born.leads) strand.call('setpgid', [0, 0], { why: `${who}: new process group` });
  for (const making of born.after) make(plan, strand, born, making);
  strand.meet(all, `${who}: wait until all processes exist`);
  if (born.joins !== undefined) strand.call('setpgid', [0, born.joins], { why: `${who}: join process group ${born.joins}` });
  strand.meet(joined, `${who}: wait until all groups are joined`);
  if (born.moves !== undefined) strand.call('setpgid', [0, born.moves], { why: `${who}: go to process group ${born.moves}` });
  if (born.adopts) strand.call('prctl', [PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0], { why: `${who}: adopt no more` });
  buryHelpers(strand, born);
}

/** How those end that do not live on. */
export function emitDeath(strand: Strand, { task }: Born<Task>): void {
  if (!task) {
    strand.exit(0, 0, `${strand.name}: no longer needed`);
    return;
  }
  const name = new Uint8Array(16);
  name.set(new TextEncoder().encode(task.comm).subarray(0, 15));
  strand.call('prctl', [PR_SET_NAME, strand.bytes(name), 0, 0, 0], { why: `${strand.name}: name of the zombie` });
  strand.call('prlimit64', [0, RLIMIT_CORE, strand.words([0, 0]), 0], { why: `${strand.name}: no core dump` });
  strand.exit((task.exitCode >> 8) & 0xff, task.exitCode & 0x7f, `${strand.name}: become a zombie again`);
}

/** Zombie children have to be dead before anything that counts on it: their SIGCHLD must not come late. */
export function awaitZombies(plan: TreePlan, task: Task, strand: Strand): void {
  for (const zombie of plan.zombiesOf(task.pid)) {
    strand.call('waitid', [P_PID, zombie.pid, 0, WEXITED | WNOWAIT | WALL, 0], {
      why: `pid ${task.pid}: wait until its child ${zombie.pid} is a zombie`,
    });
  }
}

function make(plan: TreePlan, strand: Strand, maker: Born<Task>, { how, born }: Making<Task>): void {
  const child = plan.strands.get(born.pid) as Strand;
  const why = `${child.name}: create`;
  if (how === 'sibling') {
    strand.process(child, { why, flags: CLONE_PARENT, exitSignal: 0 });
    return;
  }
  if (how === 'child') {
    strand.process(child, { why, flags: sharing(maker.task, born.task), exitSignal: exitSignal(born) });
    return;
  }
  const between = plan.arena.strand(0, `between ${strand.name} and ${child.name}`);
  const made = strand.process(between, { why: `${why} by way of a process that ends`, save: true });
  between.process(child, { why });
  between.exit(0, 0, `${child.name}: becomes an orphan`);
  strand.call('wait4', [made, 0, WALL, 0], { why: `${child.name}: is an orphan now` });
}

/** A stand-in that makes a sibling hands its own exit signal down. */
function exitSignal(born: Born<Task>): number {
  const sibling = born.task ? undefined : born.after.find(({ how }) => how === 'sibling')?.born.task;
  return (born.task ?? sibling)?.tc.exit_signal ?? SIGCHLD;
}

function sharing(maker: Task | undefined, child: Task | undefined): number {
  const mine = maker?.alive?.ids;
  const its = child?.alive?.ids;
  if (!mine || !its) return 0;
  return (mine.files_id === its.files_id ? CLONE_FILES : 0) | (mine.fs_id === its.fs_id ? CLONE_FS : 0);
}

function buryHelpers(strand: Strand, born: Born<Task>): void {
  for (const { born: helper } of [...born.before, ...born.after]) {
    if (helper.task || helper.parent !== born) continue;
    strand.call('wait4', [helper.pid, 0, WALL, 0], { why: `${strand.name}: wait until the helper ${helper.pid} has ended` });
  }
}
