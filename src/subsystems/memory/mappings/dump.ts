// SPDX-License-Identifier: GPL-2.0-only

import { StasisError } from '../../../errors/index.js';
import { type Task, type Vma, VmaKind } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { VmaEntry } from '../../../images/generated/messages.js';
import { halves, VM_HIGH_SEALED, VM_HIGH_SHADOW_STACK, VM_HUGETLB } from '../../../linux/vm-flags.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { parsePolicy } from '../../task/scheduling/memory-policy.js';
import { hex } from './hex.js';
import { layoutOf, type SavedAuxv } from './layout.js';
import { guardEntry, vmaEntries } from './vma-entry.js';

/** Key 0, which every mapping starts with. */
const DEFAULT_KEY = 1;

/** Address spaces: mappings, their pages, and what prctl(PR_SET_MM) sets. */
export const memoryDump: DumpSubsystem = {
  name: 'memory',
  *refuse(facts) {
    for (const task of facts.living) {
      for (const vma of task.vmas) {
        const cause = unsupported(vma);
        if (cause) yield facts.refusal(task.pid, { object: `mapping ${hex(vma.start)}-${hex(vma.end)}`, kind: 'memory', cause });
      }
    }
  },
  *refuseInner(facts) {
    for (const { pid } of facts.living)
      for (const { start, end, policy } of facts.inner.get(pid)?.mappingPolicies ?? []) {
        if (parsePolicy(policy)) continue;
        const object = `mapping ${hex(start)}-${hex(end)}`;
        yield facts.refusal(pid, { object, kind: 'memory policy', cause: `it is not known what ${policy} is` });
      }
  },
  pages(facts, jobs) {
    for (const task of facts.living) jobs.process(task.pid, privateBytes(task));
    for (const { id, size } of facts.survey.memoryObjects) jobs.object(id, id, Number(size));
  },
  translate(facts, images) {
    const known: Known = { vmas: new Map(), auxv: new Map() };
    for (const task of facts.living) {
      const { vmas, ...rest } = mm(facts, task, known);
      images.late('MM', () => ({ ...rest, vmas: withGuards(vmas, facts.guards.get(task.pid)) }), task.pid);
    }
  },
};

function privateBytes({ vmas }: Task): number {
  return vmas.reduce((sum, { privateBytes }) => sum + privateBytes, 0);
}

/** What was met in an earlier task. */
interface Known {
  readonly vmas: Map<readonly Vma[], VmaEntry[]>;
  readonly auxv: Map<string, SavedAuxv>;
}

function mm(facts: Facts, task: Task, known: Known) {
  const inner = facts.inner.get(task.pid);
  const { exe } = task;
  if (!inner || !exe)
    throw new StasisError({
      kind: 'internal',
      operation: 'dump',
      object: `memory of pid ${task.pid}`,
      cause: 'facts are missing',
    });
  return {
    ...layoutOf(task, inner.brk, known.auxv),
    exe_file_id: facts.files.special(exe),
    vmas: vmasOf(facts, task, known.vmas),
    dumpable: inner.dumpable,
    thp_disabled: inner.thpDisabled || undefined,
    thp_except_advised: inner.thpExceptAdvised || undefined,
    memory_merge: inner.memoryMerge || undefined,
    mdwe: inner.mdwe || undefined,
    mapping_policies: inner.mappingPolicies,
    mlock_future: inner.mlockFuture || undefined,
    protection_keys: inner.protectionKeys & ~DEFAULT_KEY || undefined,
  };
}

/** Equal lists are one in the facts, and become one here: it is encoded once. */
function vmasOf(facts: Facts, { vmas }: Task, known: Known['vmas']): VmaEntry[] {
  const found = known.get(vmas) ?? vmaEntries(facts, vmas);
  known.set(vmas, found);
  return found;
}

/** Guard pages are met by the page pipes. `guards`: start, end, … */
function withGuards(vmas: VmaEntry[], guards: readonly number[] = []): VmaEntry[] {
  if (guards.length === 0) return vmas;
  const all = [...vmas];
  for (let i = 0; i + 1 < guards.length; i += 2) all.push(guardEntry(guards[i] as number, guards[i + 1] as number));
  return all;
}

function unsupported(vma: Vma): string | undefined {
  const { low, high } = halves(vma.flags);
  if (high & VM_HIGH_SHADOW_STACK) return 'a shadow stack cannot be brought back yet';
  if (high & VM_HIGH_SEALED) return 'a sealed mapping (mseal) could not be taken away from a failed restore';
  if (low & VM_HUGETLB) return 'pages of hugetlbfs';
  if (vma.kind === VmaKind.SYSV) return 'attached System V shared memory';
  if (vma.kind === VmaKind.DEVICE) return 'device memory';
  return vma.kind === VmaKind.OTHER ? `the kind of mapping is not known${vma.name ? ` (${vma.name})` : ''}` : undefined;
}
