// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import type { TaskKobjIdsEntry } from '../images/generated/messages.js';
import { Derived, derived } from '../memo.js';
import type { Model } from './types.js';

/** Kinds of namespaces(7), and where images have the number of a task's. */
const FIELDS = {
  pid: 'pid_ns_id',
  net: 'net_ns_id',
  ipc: 'ipc_ns_id',
  uts: 'uts_ns_id',
  mnt: 'mnt_ns_id',
  user: 'user_ns_id',
  cgroup: 'cgroup_ns_id',
  time: 'time_ns_id',
} as const satisfies Record<string, keyof TaskKobjIdsEntry>;

type NamespaceKind = keyof typeof FIELDS;

/** Those that can be made anew for a tree. */
const MADE: ReadonlySet<NamespaceKind> = new Set(['pid']);
const KINDS = Object.entries(FIELDS) as [NamespaceKind, keyof TaskKobjIdsEntry][];

const OWN = new Derived(({ inventory: { root_ids: outer }, root }: Model) => {
  const own = root.alive?.ids;
  return new Set(KINDS.filter(([, field]) => differ(own?.[field], outer?.[field])).map(([kind]) => kind));
});

/** Kinds of which the root of the tree had a namespace that was not its dumper's. All others it gets of its restorer. */
function ownNamespaces(model: Model): ReadonlySet<NamespaceKind> {
  return derived(model, OWN);
}

/** The root is the init of a PID namespace of its own. */
export function hasOwnPids(model: Model): boolean {
  return ownNamespaces(model).has('pid');
}

/** @throws StasisError of kind `unsupported` for a tree with namespaces that cannot be made yet, or more than one of a kind */
export function checkNamespaces(model: Model): void {
  const { root, tasks } = model;
  for (const kind of ownNamespaces(model)) {
    if (!MADE.has(kind)) throw unsupported(root.pid, root.comm, `it was in a ${kind} namespace that was not its dumper's`);
  }
  for (const { pid, comm, alive } of tasks) {
    const other = KINDS.find(([, field]) => differ(alive?.ids[field], root.alive?.ids[field]));
    if (other) throw unsupported(pid, comm, `it was in another ${other[0]} namespace than the root of its tree`);
  }
  for (const { isk, usk } of model.files.values()) {
    if (
      differ((isk ?? usk)?.ns_id, root.alive?.ids.net_ns_id) &&
      differ((isk ?? usk)?.ns_id, model.inventory.root_ids?.net_ns_id)
    )
      throw unsupported(root.pid, root.comm, `socket ${isk?.ino ?? usk?.ino} of its tree is of another network namespace`);
  }
  if (hasOwnPids(model) && root.pid !== 1)
    throw unsupported(root.pid, root.comm, "it was in a PID namespace that was not its dumper's, and was not its init");
}

/** Zombies have none, and what is not in the images has not been asked for. */
function differ(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function unsupported(pid: number, comm: string, cause: string): StasisError {
  return new StasisError({ kind: 'unsupported', operation: 'restore', object: `pid ${pid} (${comm})`, cause });
}
