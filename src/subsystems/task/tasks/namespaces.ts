// SPDX-License-Identifier: GPL-2.0-only
import type { Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { TaskKobjIdsEntry } from '../../../images/generated/messages.js';
import type { U64 } from '../../../images/wire/u64.js';
import { Derived, derived } from '../../../memo.js';

/** The dumper's namespaces, by CRIU's numbers, in inventory.img. */
export const ROOT_NAMESPACES = {
  pid_ns_id: 1,
  net_ns_id: 2,
  ipc_ns_id: 3,
  uts_ns_id: 4,
  mnt_ns_id: 6,
  user_ns_id: 7,
  cgroup_ns_id: 8,
} as const satisfies Partial<TaskKobjIdsEntry>;

type Kind = keyof typeof ROOT_NAMESPACES extends `${infer K}_ns_id` ? K : never;
const KINDS = Object.keys(ROOT_NAMESPACES).map((field) => field.replace('_ns_id', '') as Kind);
const FIRST_OTHER = 9;

const OTHERS = new Derived((_: Facts) => new Map<U64, number>());

/** The number that images have for a namespace; `ino`: as facts name it, 0 for the dumper's. Inode numbers are those of one file system. */
export function namespaceId(facts: Facts, kind: Kind, ino: U64): number {
  if (ino === 0) return ROOT_NAMESPACES[`${kind}_ns_id`];
  const others = derived(facts, OTHERS);
  let id = others.get(ino);
  if (id === undefined) {
    id = FIRST_OTHER + others.size;
    others.set(ino, id);
  }
  return id;
}

/** Fields of ids.img. */
export function namespaceIds(facts: Facts, { namespaces }: Task): Pick<TaskKobjIdsEntry, keyof typeof ROOT_NAMESPACES> {
  const other = new Map(namespaces.filter(({ own }) => own).map(({ kind, ino }) => [kind, ino]));
  return Object.fromEntries(KINDS.map((kind) => [`${kind}_ns_id`, namespaceId(facts, kind, other.get(kind) ?? 0)]));
}
