// SPDX-License-Identifier: GPL-2.0-only
import type { Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { TaskKobjIdsEntry } from '../../../images/generated/messages.js';
import { tableId } from '../../descriptors/tables/table-id.js';

/** The dumper's namespaces, by CRIU's numbers; a task in others is refused for now. */
export const ROOT_NAMESPACES = {
  pid_ns_id: 1,
  net_ns_id: 2,
  ipc_ns_id: 3,
  uts_ns_id: 4,
  mnt_ns_id: 6,
  user_ns_id: 7,
  cgroup_ns_id: 8,
} as const;

/** A PID namespace whose init the root of the tree is. */
const OWN_PID_NAMESPACE = 9;

/** Small numbers for kernel objects, equal where tasks share one: made of the pid of the first that has it. */
export function idsOf({ survey }: Facts, task: Task): TaskKobjIdsEntry {
  return {
    vm_id: (task.memorySharedWith || task.pid) + 1,
    files_id: tableId(task),
    fs_id: (task.fsSharedWith || task.pid) + 1,
    sighand_id: (task.sighandSharedWith || task.pid) + 1,
    ...ROOT_NAMESPACES,
    ...(survey.ownPidNamespace ? { pid_ns_id: OWN_PID_NAMESPACE } : {}),
  };
}
