// SPDX-License-Identifier: GPL-2.0-only
import type { Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { TaskKobjIdsEntry } from '../../../images/generated/messages.js';
import { tableId } from '../../descriptors/tables/table-id.js';
import { namespaceIds } from './namespaces.js';

/** Small numbers for kernel objects, equal where tasks share one: made of the pid of the first that has it. */
export function idsOf(facts: Facts, task: Task): TaskKobjIdsEntry {
  return {
    vm_id: (task.memorySharedWith || task.pid) + 1,
    files_id: tableId(task),
    fs_id: (task.fsSharedWith || task.pid) + 1,
    sighand_id: (task.sighandSharedWith || task.pid) + 1,
    ...namespaceIds(facts, task),
  };
}
