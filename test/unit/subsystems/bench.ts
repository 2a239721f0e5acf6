// SPDX-License-Identifier: GPL-2.0-only
import { Facts } from '../../../src/facts/tree.js';
import { ImageDirectory } from '../../../src/images/directory.js';
import { ImageSet } from '../../../src/images/image-set.js';
import { Findings, Memo } from '../../../src/memo.js';
import { Images } from '../../../src/model/images.js';
import type { LiveTask, Model } from '../../../src/model/types.js';
import { PageJobs } from '../../../src/pages/jobs.js';
import { Makers } from '../../../src/plan/makers.js';
import { Pool } from '../../../src/plan/pool.js';
import { type RestoreHost, type TaskPlan, TreePlan } from '../../../src/plan/tree.js';
import { renderStrand } from '../../../src/program/index.js';
import { Phases } from '../../../src/restore/run-phases.js';
import { findKind } from '../../../src/subsystems/descriptors/tables/make.js';
import type { DumpSubsystem } from '../../../src/subsystems/dump-side.js';
import type { BirthPhase, TaskPhase } from '../../../src/subsystems/phases.js';
import type { RestoreSubsystem } from '../../../src/subsystems/restore-side.js';
import { encodeFacts } from '../fake/facts.js';

/** The only task of most of these trees, which leads its session and group. */
export const PID = 10;
/** The first number of what the root makes. */
const POOL = 100;

/** A survey of one task that holds these descriptions at their `fd`; `task` and `survey` add to it. */
export function factsOf(
  descriptions: readonly { id: number; fd?: number; kind?: string }[],
  more: { task?: object; survey?: object; shellJob?: boolean } = {},
): Facts {
  const fds = descriptions.filter(({ fd }) => fd !== undefined && fd >= 0).map(({ id, fd }) => ({ fd, description: id }));
  const task = { pid: PID, ppid: 1, pgid: PID, sid: PID, comm: 'one', threads: [{ tid: PID }], fds, tpgid: -1, ...more.task };
  const survey = {
    tasks: [task],
    descriptions: descriptions.map((one) => ({ pid: PID, ...(one.kind ? { [one.kind]: {} } : {}), ...one })),
    ...more.survey,
  };
  return Facts.decode(encodeFacts('Survey', survey), { shellJob: more.shellJob ?? false });
}

/** What the subsystems make of the facts, as a restore reads it. */
export function imagesOf(facts: Facts, subsystems: readonly DumpSubsystem[]): Images {
  const set = new ImageSet('x86_64');
  for (const { translate } of subsystems) translate(facts, set);
  return imagesFrom(set);
}

export function imagesFrom(set: ImageSet): Images {
  const images = [...set.encoded(), ...set.encodedLate()];
  return new Images(new ImageDirectory('/images', new Map(images.map(({ name, bytes }) => [name, bytes])), new Map(), undefined));
}

export function jobsOf(facts: Facts, { pages }: DumpSubsystem): PageJobs['list'] {
  const jobs = new PageJobs();
  pages?.(facts, jobs);
  return jobs.list;
}

export interface ModelOptions {
  /** By number: id in files.img. */
  readonly fds: readonly (readonly [number, number])[];
  /** Further tasks beside {@link PID}, its children. */
  readonly others?: readonly number[];
}

/** One table of all files that are named; tasks have nothing else. */
export function modelOf(images: Images, { fds, others = [] }: ModelOptions): Model {
  const table = { id: PID + 1, fds: fds.map(([fd, file]) => ({ fd, file, cloexec: false })), tasks: [] as LiveTask[] };
  const task = (pid: number) => ({
    pid,
    ppid: pid === PID ? 0 : PID,
    pgid: PID,
    sid: PID,
    comm: 'one',
    state: 'running',
    zombie: false,
    threads: [{ tid: pid }],
    alive: { table },
  });
  const tasks = [PID, ...others].map((pid) => task(pid) as unknown as LiveTask);
  Object.assign(table, { owner: tasks[0], tasks: [tasks[0]] });
  const files = new Map(images.list('FILES').map((file) => [file.id, file]));
  return {
    images,
    memo: new Memo(),
    tasks,
    root: tasks[0],
    byPid: new Map(tasks.map((one) => [one.pid, one])),
    files,
    tables: [table],
  } as unknown as Model;
}

export interface Compiled {
  readonly plan: TreePlan;
  /** The operations of the root: `openat AT_FDCWD, "/tmp/x", 2`. */
  readonly ops: readonly string[];
}

/** The program of the root through these phases. */
export function compiled(
  model: Model,
  images: Images,
  subsystems: readonly RestoreSubsystem[],
  phases: readonly (BirthPhase | TaskPhase)[] = [],
  { shellJob = false, findings = new Findings() }: { shellJob?: boolean; findings?: Findings } = {},
): Compiled {
  for (const subsystem of subsystems) subsystem.load?.(model);
  const host = {
    facts: { machine: 'x86_64' },
    limits: [],
    features: {},
    uids: [0, 0, 0, 0],
    gids: [0, 0, 0, 0],
  } as unknown as RestoreHost;
  const makers = new Makers(model, images, findKind);
  const plan = new TreePlan(
    model,
    images,
    host,
    new Pool({ numbers: new Set(Array.from({ length: POOL }, (_, number) => number)), direct: new Map() }),
    makers,
    undefined as never,
    shellJob,
    findings,
  );
  plan.root = plan.arena.strand(PID, 'root');
  const all = new Phases(subsystems);
  all.tree('pool', plan);
  all.tree('link', plan);
  const task: TaskPlan = { tree: plan, task: model.root as LiveTask, strand: plan.root };
  for (const phase of phases) all.task(phase, task);
  const arena = plan.arena.finish();
  const ops = Array.from(
    renderStrand(arena, plan.root),
    ({ call, args, save }) => `${call} ${args.join(', ')}${save ? ` → ${save}` : ''}`,
  );
  return { plan, ops };
}

/** Whether the lines occur in this order, others between them allowed: the first that does not, or undefined. */
export function missing(ops: readonly string[], wanted: readonly RegExp[]): RegExp | undefined {
  let at = 0;
  for (const one of wanted) {
    const found = ops.findIndex((op, i) => i >= at && one.test(op));
    if (found < 0) return one;
    at = found + 1;
  }
  return undefined;
}
