// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import { type Refusal, State, type Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { CreationError, planCreation } from '../../../plan/creation/index.js';

/** Trees that could not be made again, or not as they are. */
export function* taskRefusals(facts: Facts): Iterable<Refusal> {
  for (const task of facts.living) yield* ofTask(facts, task);
  yield* ofSessions(facts);
  yield* ofCreation(facts);
}

/** What only the task itself could tell. */
export function* innerRefusals(facts: Facts): Iterable<Refusal> {
  for (const { pid } of facts.living) {
    if (!facts.inner.get(pid)?.ldt) continue;
    yield facts.refusal(pid, { kind: 'local descriptor table', cause: 'segments of modify_ldt(2) cannot be brought back yet' });
  }
}

function* ofTask(facts: Facts, task: Task): Iterable<Refusal> {
  const { pid } = task;
  for (const { kind, ino, own } of task.namespaces) {
    if (own && !isTrees(facts, kind, ino) && !isOfOwnPids(task, kind, ino))
      yield facts.refusal(pid, { kind: `${kind} namespace`, ...otherNamespace(facts, kind, ino) });
  }
  if (task.memorySharedWith)
    yield facts.refusal(pid, {
      kind: 'shared address space',
      // Who waits for a vfork child could not be frozen.
      cause: `it is also that of pid ${task.memorySharedWith}, of which it is no thread (CLONE_VM)`,
    });
  if (task.sighandSharedWith && !task.memorySharedWith)
    yield facts.refusal(pid, { kind: 'shared signal actions', cause: `also of pid ${task.sighandSharedWith}` });
  for (const [what, other] of [
    ['descriptor table', task.filesSharedWith],
    ['working directory', task.fsSharedWith],
  ] as const) {
    if (other && !sharesWithParent(facts, task, other, what)) {
      const cause = `it is also that of pid ${other}, and not that of its parent`;
      yield facts.refusal(pid, { kind: `shared ${what}`, cause });
    }
  }
  for (const { tid, seccompMode, namespaces } of task.threads) {
    for (const { kind } of namespaces)
      yield facts.refusal(pid, { object: `thread ${tid}`, kind: `${kind} namespace`, cause: 'it is not in that of its process' });
    if (seccompMode !== 0)
      yield facts.refusal(pid, { object: `thread ${tid}`, kind: 'seccomp', cause: 'filters cannot be brought back yet' });
  }
}

/** The PID namespace whose init the root is comes back with the tree. */
function isTrees({ survey, root }: Facts, kind: string, ino: number | bigint): boolean {
  if (!survey.ownPidNamespace || (kind !== 'pid' && kind !== 'pid_for_children')) return false;
  return root.namespaces.some((own) => own.kind === 'pid' && own.ino === ino);
}

/** Of a task in another PID namespace that is said; its children are born into the same as a rule. */
function isOfOwnPids({ namespaces }: Task, kind: string, ino: number | bigint): boolean {
  return kind === 'pid_for_children' && namespaces.some((own) => own.kind === 'pid' && own.ino === ino);
}

interface Other {
  readonly cause: string;
  readonly hint: string;
}

function otherNamespace({ survey, root, living }: Facts, kind: string, ino: number | bigint): Other {
  const [cause, inside] = ['the task is in another one than the dumper', 'run the dump inside of that namespace'];
  const init = living.find(
    ({ pids, namespaces }) => pids.at(-1) === 1 && namespaces.some((own) => own.kind === 'pid' && own.ino === ino),
  );
  if (init !== undefined && root.pids.length < 2 && init !== root)
    return { cause, hint: `dump pid ${init.pid}, the init of that namespace, whose children come with it, or ${inside}` };
  if (kind !== 'pid' || root.pids.length < 2) return { cause, hint: inside };
  if (survey.ownPidNamespace) return { cause: 'it is further inside than that of the root of the tree', hint: '' };
  return { cause, hint: `dump the init of that namespace, whose children come with it, or ${inside}` };
}

/** CLONE_FILES and CLONE_FS share with the parent: that is how it is made again. */
function sharesWithParent(facts: Facts, task: Task, first: number, what: string): boolean {
  const parent = facts.task(task.ppid);
  if (!parent || task === facts.root) return false;
  return parent.pid === first || (what === 'descriptor table' ? parent.filesSharedWith : parent.fsSharedWith) === first;
}

/** A session that lives on outside cannot be entered again, unless it is the caller's. */
function* ofSessions(facts: Facts): Iterable<Refusal> {
  const { root, options } = facts;
  const seen = new Set<number>();
  for (const task of facts.tasks) {
    if (facts.task(task.sid) || seen.has(task.sid)) continue;
    seen.add(task.sid);
    if (options.shellJob && task.sid === root.sid) continue;
    const { ownPidNamespace } = facts.survey;
    if (ownPidNamespace ? task.sid !== 0 : !existsSync(`/proc/${task.sid}`)) continue;
    const cause = ownPidNamespace
      ? 'its leader is outside of its PID namespace'
      : `its leader, pid ${task.sid}, is alive and not in the tree`;
    const hint =
      task.sid === root.sid ? '--shell-job puts it into the session of whoever restores it' : `dump the tree of pid ${task.sid}`;
    const object = task.sid === 0 ? 'session' : `session ${task.sid}`;
    yield facts.refusal(task.pid, { object, kind: 'session', cause, hint });
  }
}

function* ofCreation(facts: Facts): Iterable<Refusal> {
  const { root, options, survey } = facts;
  // Said already.
  if (survey.ownPidNamespace && root.sid === 0 && !options.shellJob) return;
  const tasks = facts.tasks.map(({ pid, ppid, pgid, sid, state }, i) => ({
    pid,
    ppid: i === 0 ? 0 : ppid,
    pgid,
    sid,
    zombie: state === State.ZOMBIE,
  }));
  try {
    planCreation(tasks, { shellJob: options.shellJob, callerGroup: 1, ownPids: survey.ownPidNamespace });
  } catch (error) {
    if (!(error instanceof CreationError)) throw error;
    const { pid } = facts.task(error.pid) ?? root;
    yield facts.refusal(pid, { kind: 'process tree', cause: error.message });
  }
}
