// SPDX-License-Identifier: GPL-2.0-only

import { RLIMIT_NOFILE, SIG_SETMASK, SIGSET_SIZE } from '../linux/process.js';
import type { Findings } from '../memo.js';
import type { Images } from '../model/images.js';
import { hasOwnPids } from '../model/namespaces.js';
import { isAlive, type LiveTask, type Model, type Task } from '../model/types.js';
import { type Born, planCreation } from '../plan/creation/index.js';
import { Makers } from '../plan/makers.js';
import { Pool } from '../plan/pool.js';
import { type RestoreHost, type TaskPlan, TreePlan } from '../plan/tree.js';
import type { Arena, Barrier, Data, Strand } from '../program/index.js';
import { words } from '../program/index.js';
import { borrowed } from '../subsystems/descriptors/tables/borrowed.js';
import { findKind } from '../subsystems/descriptors/tables/make.js';
import { holesFor, takenRanges, WORKBENCH, workbenchSize } from '../subsystems/memory/mappings/hole.js';
import { parkingSize, vdsoSizes } from '../subsystems/memory/mappings/vdso.js';
import { BIRTH_PHASES, TASK_PHASES, type TaskPhase, TREE_PHASES } from '../subsystems/phases.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';
import { awaitZombies, type BirthBarriers, emitBirth, emitDeath } from './birth.js';
import { Phases } from './run-phases.js';

/** A whole restore, ready to be carried out or to be printed. */
export interface CompiledRestore {
  readonly plan: TreePlan;
  readonly arena: Arena;
  /** Where the interpreter may live, best first. */
  readonly holes: readonly number[];
  /** What RLIMIT_NOFILE has to allow while the tree is made. */
  readonly descriptors: number;
  readonly parkingSize: number;
}

export interface CompileOptions {
  readonly shellJob: boolean;
  readonly findings: Findings;
}

/** The host puts the blob in front of the arena: more than it will ever have (about 4 KiB). */
const BLOB_ROOM = 64 << 10;
const HOLES = 16;

/** Compiles the programs of a tree. Pure: it looks at nothing but its arguments. */
export function compile(
  model: Model,
  images: Images,
  host: RestoreHost,
  subsystems: readonly RestoreSubsystem[],
  { shellJob, findings }: CompileOptions,
): CompiledRestore {
  const creation = planCreation(model.tasks, { shellJob, callerGroup: host.callerGroup, ownPids: hasOwnPids(model) });
  const makers = new Makers(model, images, findKind);
  const plan = new TreePlan(model, images, host, new Pool(makers.reserved()), makers, creation, shellJob, findings);
  makeStrands(plan);
  const limit = emitAll(plan, new Phases(subsystems));
  const descriptors = plan.pool.limit;
  const needed = BigInt(descriptors);
  const hard = host.limits[RLIMIT_NOFILE]?.hard ?? needed;
  const most = needed > hard ? needed : hard;
  plan.arena.data.rewrite(limit, words([most, most]));
  const arena = plan.arena.finish();
  const parking = parkingSize(vdsoSizes(host.facts));
  const taken = [...takenRanges(model), { start: WORKBENCH, end: WORKBENCH + workbenchSize(model) }];
  const holes = holesFor(taken, BLOB_ROOM + arena.size + parking, HOLES);
  return { plan, arena, holes, descriptors, parkingSize: parking };
}

/** One for each process and thread; the first one is the seed's. */
function makeStrands({ arena, creation, strands, model }: TreePlan): void {
  for (const { pid, task } of creation.all)
    strands.set(pid, arena.strand(pid, task ? `pid ${pid} (${task.comm})` : `helper ${pid}`));
  for (const { threads } of model.tasks) {
    for (const { tid } of threads) if (!strands.has(tid)) strands.set(tid, arena.strand(tid, `thread ${tid}`));
  }
}

/** Returns where the limit on descriptors is to be put once it is known. */
function emitAll(plan: TreePlan, phases: Phases): Data {
  const { model, creation } = plan;
  blockSignals(plan);
  plan.root = plan.strands.get(model.root.pid) as Strand;
  const limit = plan.root.reserve(16);
  plan.root.call('prlimit64', [0, RLIMIT_NOFILE, limit, 0], { why: 'descriptors of the whole tree: raise limit NOFILE' });
  plan.root.wait(plan.claimed, 'whole tree: wait until files of the host are moved aside');
  for (const phase of TREE_PHASES) phases.tree(phase, plan);
  const size = creation.all.length;
  const barriers = { born: plan.barrier('all processes exist', size), joined: plan.barrier('all groups are joined', size) };
  const ready = plan.barrier('all tasks are ready', model.tasks.filter(isAlive).length);
  for (const born of creation.all) emitProcess(plan, phases, born, barriers, ready);
  return limit;
}

/** Nobody sees a signal before the host gives back the masks: what is pending stays pending. */
function blockSignals({ strands, creation }: TreePlan): void {
  const first = strands.get(creation.first.pid) as Strand;
  const all = first.words([0xffff_ffff_ffff_ffffn]);
  first.call('rt_sigprocmask', [SIG_SETMASK, all, 0, SIGSET_SIZE], { why: 'whole tree: block all signals' });
}

function emitProcess(plan: TreePlan, phases: Phases, born: Born<Task>, barriers: BirthBarriers, ready: Barrier): void {
  const strand = plan.strands.get(born.pid) as Strand;
  const { task } = born;
  emitBirth(plan, born, strand, barriers, () => {
    if (task && isAlive(task)) for (const phase of BIRTH_PHASES) phases.task(phase, { tree: plan, task, strand });
  });
  if (task && isAlive(task)) emitTask(plan, phases, task, strand, ready);
  else emitDeath(strand, born);
}

/** What is between the phases of a task. */
interface Between {
  readonly plan: TaskPlan;
  readonly phases: Phases;
  /** Of all tasks of the tree. */
  readonly ready: Barrier;
}

const BEFORE: { readonly [P in TaskPhase]?: (between: Between) => void } = {
  joined: joinThreads,
  final: ({ plan }) => closePool(plan),
  arm: ({ plan: { task, strand }, ready }) => strand.meet(ready, `pid ${task.pid}: wait until the whole tree is ready`),
};

function emitTask(tree: TreePlan, phases: Phases, task: LiveTask, strand: Strand, ready: Barrier): void {
  const plan = { tree, task, strand };
  awaitZombies(tree, task, strand);
  for (const phase of TASK_PHASES) {
    BEFORE[phase]?.({ plan, phases, ready });
    phases.task(phase, plan);
  }
}

/** The threads do their phases, and the leader waits for them behind its own. */
function joinThreads({ plan: { tree, task, strand }, phases }: Between): void {
  const who = `pid ${task.pid}`;
  const joined = task.threads.length > 1 ? tree.barrier(`threads of ${who} are ready`, task.threads.length) : undefined;
  for (const [i, thread] of task.threads.entries()) {
    const own = i === 0 ? strand : (tree.strands.get(thread.tid) as Strand);
    phases.thread({ tree, task, thread, strand: own, leader: i === 0 });
    if (joined && i > 0) own.arrive(joined, ({ tid }) => `thread ${tid}: ready`);
  }
  if (joined) strand.meet(joined, `${who}: wait until its threads are ready`);
}

/** Tasks that share a table close it once, when all of them have done with it. */
function closePool({ tree, task, strand }: TaskPlan): void {
  const { table } = task.alive;
  const sharing = tree.sharing(table);
  if (sharing) strand.meet(sharing.done, `pid ${task.pid}: wait for those who share its descriptors`);
  if (table.owner !== task) return;
  const why = `pid ${task.pid}: close what was only borrowed`;
  for (const [first, last] of borrowed(tree, table)) strand.call('close_range', [first, last, 0], { why });
}
