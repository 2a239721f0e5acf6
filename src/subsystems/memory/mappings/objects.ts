// SPDX-License-Identifier: GPL-2.0-only

import type { MmEntry, VmaEntry } from '../../../images/generated/messages.js';
import { num, pages } from '../../../images/wire/u64.js';
import { AT_FDCWD, O_CLOEXEC, O_RDWR } from '../../../linux/fcntl.js';
import { MAP_ANONYMOUS, MAP_FIXED_NOREPLACE, MAP_NORESERVE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../../linux/mman.js';
import { isAlive, type LiveTask, type Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { exactly } from '../../../program/index.js';
import { isSharedAnonymous } from './vma.js';

/** Shared memory without a name. */
export interface SharedObject {
  readonly shmid: number;
  /** Bytes: as the images tell (a mapping may reach beyond: SIGBUS awaits there), or the furthest that any mapping reaches. */
  readonly size: number;
  readonly noReserve: boolean;
  /** Where it is all there is of it: one mapping of one task, which covers it. */
  readonly only: OnlyMapping | undefined;
}

export interface OnlyMapping {
  readonly pid: number;
  readonly start: number;
  readonly end: number;
}

/** All different ones, each with the first task that has it: equal ones, such as of processes that were forked, are one object. */
export function addressSpaces({ tasks }: Model): Map<MmEntry, LiveTask> {
  const spaces = new Map<MmEntry, LiveTask>();
  for (const task of tasks) if (isAlive(task) && !spaces.has(task.alive.mm)) spaces.set(task.alive.mm, task);
  return spaces;
}

interface Known {
  readonly shmid: number;
  size: number;
  /** By a mapping that ends elsewhere. */
  told?: number;
  noReserve: boolean;
  mappings: number;
  readonly first: VmaEntry;
  readonly pid: number;
}

export function sharedObjects(model: Model): SharedObject[] {
  const objects = new Map<number, Known>();
  for (const { pid, alive } of model.tasks) {
    for (const vma of alive?.mm.vmas ?? []) {
      if (!isSharedAnonymous(vma)) continue;
      const shmid = num(vma.shmid);
      const object: Known = objects.get(shmid) ?? { shmid, size: 0, noReserve: false, mappings: 0, first: vma, pid };
      if (vma.object_size !== undefined) object.told = num(vma.object_size);
      object.size = object.told ?? Math.max(object.size, pages(vma.pgoff) + length(vma));
      object.noReserve ||= (vma.flags & MAP_NORESERVE) !== 0;
      object.mappings++;
      objects.set(shmid, object);
    }
  }
  return [...objects.values()].map(({ mappings, first, pid, told: _told, ...object }) => {
    const whole = mappings === 1 && pages(first.pgoff) === 0 && length(first) === object.size;
    return { ...object, only: whole ? { pid, start: pages(first.start), end: pages(first.end) } : undefined };
  });
}

function length({ start, end }: VmaEntry): number {
  return pages(end) - pages(start);
}

function objectKey(shmid: number): string {
  return `object:${shmid}`;
}

/** Pool number of an object that was made, -1 for one that the only task that maps it makes by mapping it. */
export function objectNumber({ pool }: TreePlan, shmid: number): number {
  const key = objectKey(shmid);
  return pool.has(key) ? pool.number(key) : -1;
}

/**
 * Makes the object with mmap(MAP_SHARED | MAP_ANONYMOUS), so that it looks in /proc as it did, and gets hold of it as
 * a descriptor through /proc/self/map_files (needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN). `workbench`: an address
 * where the root has nothing mapped yet.
 */
export function makeObject(plan: TreePlan, { shmid, size, noReserve }: SharedObject, workbench: number): void {
  const { root, pool } = plan;
  const why = `shared memory ${shmid}: make ${size} bytes`;
  const flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | (noReserve ? MAP_NORESERVE : 0);
  root.call('mmap', [workbench, size, PROT_READ | PROT_WRITE, flags, -1, 0], { why, expect: exactly(workbench) });
  const link = `/proc/self/map_files/${workbench.toString(16)}-${(workbench + size).toString(16)}`;
  const made = root.call('openat', [AT_FDCWD, root.path(link), O_RDWR | O_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, pool.number(objectKey(shmid)), why);
  root.call('munmap', [workbench, size], { why });
}
