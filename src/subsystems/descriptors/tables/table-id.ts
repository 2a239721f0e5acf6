// SPDX-License-Identifier: GPL-2.0-only
import type { Task } from '../../../facts/generated.js';

/** files_id of a task, the number in its fdinfo-N.img: one above the pid of the first that has the table, as 1 stands for the dumper. */
export function tableId({ pid, filesSharedWith }: Task): number {
  return (filesSharedWith || pid) + 1;
}
