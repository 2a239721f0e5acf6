// SPDX-License-Identifier: GPL-2.0-only
import type { MmEntry, VmaEntry } from '../../../images/generated/messages.js';
import { imageName } from '../../../images/kinds.js';
import { big } from '../../../images/wire/u64.js';
import { CAP_SYS_PTRACE, holds } from '../../../linux/capability.js';
import { O_RDONLY } from '../../../linux/fcntl.js';
import { MAP_LOCKED, UFFD_CLOEXEC, UFFD_USER_MODE_ONLY } from '../../../linux/mman.js';
import { PR_SET_MDWE, PR_SET_MEMORY_MERGE, PR_SET_THP_DISABLE, PR_THP_DISABLE_EXCEPT_ADVISED } from '../../../linux/prctl.js';
import { isAlive, type LiveTask } from '../../../model/types.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import { global, type Strand, type Why } from '../../../program/index.js';
import { specialFile } from '../../files/regular/special-restore.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { checkNodes, policyArguments } from '../../task/scheduling/memory-policy.js';
import { fillRanges } from './fill-ranges.js';
import { hex } from './hex.js';
import { WORKBENCH } from './hole.js';
import { backingOf, mapVma } from './map.js';
import { setMmMap } from './mm-map.js';
import { addressSpaces, makeObject, objectNumber, type SharedObject, sharedObjects } from './objects.js';
import { allocateKeys, keyOf } from './protection-keys.js';
import { installGuard, sealVma } from './seal.js';
import { parkVdso, placeVdso, type VdsoSizes, vdsoSizes } from './vdso.js';
import { isGuard, isMapped } from './vma.js';

/** Address spaces. */
export const memoryRestore: RestoreSubsystem = {
  name: 'memory',
  check({ tasks }, checks) {
    const spaces = tasks.flatMap((task) => (isAlive(task) ? [task] : []));
    checkNodes(
      checks,
      spaces.flatMap(({ pid, alive: { mm } }) =>
        mm.mapping_policies.map(
          ({ start, policy }) => [`memory policy ${policy} at ${hex(start)} of pid ${pid}`, policy] as const,
        ),
      ),
    );
  },
  tree: {
    pool(plan) {
      for (const object of sharedObjects(plan.model)) {
        if (!object.only) makeObject(plan, object, WORKBENCH);
        fillObject(plan, object);
      }
      for (const task of addressSpaces(plan.model).values()) openBacking(plan, task);
    },
  },
  task: {
    memory(plan) {
      const { tree, task, strand } = plan;
      const { mm } = task.alive;
      allocateKeys(strand, mm);
      strand.alike(mm.vmas, (any) => exchange(any, mm, vdsoSizes(tree.host.facts), (vma) => backingOf(tree, vma, task.pid)));
      setPolicies(strand, mm);
      fill(plan);
    },
    seal({ tree, task, strand }) {
      const { mm } = task.alive;
      strand.alike(mm, (any) => seal(any, mm, executable(tree, task)));
    },
    final({ task: { pid, alive }, strand }) {
      const { mdwe } = alive.mm;
      if (mdwe) strand.call('prctl', [PR_SET_MDWE, mdwe, 0, 0, 0], { why: `pid ${pid}: nothing becomes executable any more` });
    },
  },
};

/** The seed's mappings for those of the task. */
function exchange(strand: Strand, { vmas }: MmEntry, sizes: VdsoSizes, backing: (vma: VmaEntry) => number): void {
  parkVdso(strand, sizes);
  const why: Why = ({ tid }) => `address space of pid ${tid}: unmap the seed`;
  strand.call('munmap', [0, global('BELOW_LEN')], { why });
  strand.call('munmap', [global('HOLE_END'), global('ABOVE_LEN')], { why });
  for (const vma of vmas) if (isMapped(vma)) mapVma(strand, vma, backing(vma));
  placeVdso(strand, sizes, vmas);
}

function seal(strand: Strand, mm: MmEntry, exe: number): void {
  // Whatever can be is mergeable from here on; what is not after all gets that as advice.
  if (mm.memory_merge) strand.call('prctl', [PR_SET_MEMORY_MERGE, 1, 0, 0, 0], { why: ({ tid }) => `pid ${tid}: merge memory` });
  // Before any is locked: locked memory gets no guard pages, but those that are there stay.
  const guards = mm.vmas.filter(isGuard);
  for (const guard of guards) installGuard(strand, guard);
  for (const vma of mm.vmas)
    if (isMapped(vma))
      sealVma(strand, vma, { key: keyOf(vma, mm), merges: mm.memory_merge, guarded: isLocked(vma) && isGuarded(vma, guards) });
  setMmMap(strand, mm, exe);
  if (mm.mlock_future) strand.call('mlockall', [mm.mlock_future], { why: ({ tid }) => `pid ${tid}: lock what will be mapped` });
  if (mm.thp_disabled)
    strand.call('prctl', [PR_SET_THP_DISABLE, 1, mm.thp_except_advised ? PR_THP_DISABLE_EXCEPT_ADVISED : 0, 0, 0], {
      why: ({ tid }) => `pid ${tid}: no transparent huge pages`,
    });
}

/** Before there are pages, which are then where they are wanted. */
function setPolicies(strand: Strand, { mapping_policies: policies }: MmEntry): void {
  for (const { start, end, policy } of policies) {
    const why: Why = ({ tid }) => `mapping ${hex(start)}-${hex(end)} of pid ${tid}: memory policy ${policy}`;
    strand.call('mbind', [start, big(end) - big(start), ...policyArguments(strand, 'mm.img', policy), 0], { why });
  }
}

function isLocked({ flags }: VmaEntry): boolean {
  return (flags & MAP_LOCKED) !== 0;
}

function isGuarded({ start, end }: VmaEntry, guards: readonly VmaEntry[]): boolean {
  return guards.length > 0 && guards.some((guard) => guard.start < end && start < guard.end);
}

function openBacking(plan: TreePlan, task: LiveTask): void {
  for (const vma of task.alive.mm.vmas) if (isMapped(vma)) backingOf(plan, vma, task.pid);
  executable(plan, task);
}

function executable(plan: TreePlan, task: LiveTask): number {
  return specialFile(plan, task.alive.mm.exe_file_id, O_RDONLY, `executable of pid ${task.pid}`);
}

function fillObject(plan: TreePlan, { shmid, only }: SharedObject): void {
  const pagemap = `pagemap-shmem-${shmid}.img`;
  if (!plan.images.hasFile(pagemap)) return;
  if (only) plan.fill({ kind: 'mapping', ...only, pagemap });
  else plan.fill({ kind: 'object', fd: objectNumber(plan, shmid), pagemap, what: `shared memory ${shmid}` });
}

/** All mapped: the host puts the pages in, through a userfaultfd of the task where the kernel has it. */
function fill({ tree, task, strand }: TaskPlan): void {
  const who = `pid ${task.pid}`;
  const pagemap = imageName('PAGEMAP', task.pid);
  const uffd = tree.images.hasFile(pagemap) && tree.host.features.userfaultfd ? makeUffd(tree, task, strand) : -1;
  if (tree.images.hasFile(pagemap))
    tree.fill({ kind: 'task', pid: task.pid, uffd, pagemap, ranges: fillRanges(tree, task.alive.mm) });
  tree.mapped.expected += 1;
  strand.arrive(tree.mapped, `memory of ${who}: mapped`);
  strand.wait(tree.filled, `memory of ${who}: wait for its pages`);
  if (uffd >= 0) strand.call('close', [uffd], { why: `memory of ${who}: close userfaultfd` });
}

function makeUffd(tree: TreePlan, task: LiveTask, strand: Strand): number {
  // Tasks that share a descriptor table need a number each.
  const uffd = tree.pool.number(task.alive.table.tasks.length > 1 ? `uffd:${task.pid}` : 'uffd');
  const why = `memory of pid ${task.pid}: userfaultfd`;
  // Nobody faults while pages are placed: the one that needs no privilege would do, but is younger.
  const flags = UFFD_CLOEXEC | (holds(tree.host.capabilities, CAP_SYS_PTRACE) ? 0 : UFFD_USER_MODE_ONLY);
  tree.pool.place(strand, strand.call('userfaultfd', [flags], { why, save: true }), uffd, why);
  return uffd;
}
