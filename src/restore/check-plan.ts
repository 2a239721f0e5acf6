// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { CAP_SYS_RESOURCE, holds } from '../linux/capability.js';
import { RLIMIT_NOFILE } from '../linux/process.js';
import type { Checks } from '../plan/checks.js';
import { addressSpaces } from '../subsystems/memory/mappings/objects.js';
import { isMapped } from '../subsystems/memory/mappings/vma.js';
import type { CompiledRestore } from './compile.js';

/** The interpreter's and the arena's own, and one that is cut in two for a moment. */
const OUR_MAPPINGS = 4;

/** What only the finished plan tells, before any of it is carried out. */
export function checkPlan(compiled: CompiledRestore, checks: Checks): void {
  checkDescriptors(compiled, checks);
  checkMappings(compiled, checks);
}

function checkDescriptors({ plan, descriptors }: CompiledRestore, checks: Checks): void {
  const hard = plan.host.limits[RLIMIT_NOFILE]?.hard;
  const object = 'descriptors of the whole tree';
  const needs = `${descriptors} numbers are needed for the moment`;
  const most = numberIn('/proc/sys/fs/nr_open');
  if (descriptors > most)
    checks.problem({ operation: 'restore', object, cause: `${needs}, and fs.nr_open is ${most}`, hint: 'raise fs.nr_open' });
  else if (hard !== undefined && BigInt(descriptors) > hard && !holds(plan.host.capabilities, CAP_SYS_RESOURCE))
    checks.problem({
      operation: 'restore',
      object,
      cause: `${needs}, and the hard limit is ${hard}`,
      hint: 'raise the hard limit on open files (ulimit -Hn), or restore with CAP_SYS_RESOURCE',
    });
}

/** A task may have as many as are allowed; while its memory is exchanged ours are there, too. */
function checkMappings({ plan }: CompiledRestore, checks: Checks): void {
  const most = numberIn('/proc/sys/vm/max_map_count');
  for (const [{ vmas }, { pid, comm }] of addressSpaces(plan.model)) {
    const count = vmas.filter(isMapped).length + OUR_MAPPINGS;
    if (count <= most) continue;
    checks.problem({
      operation: 'restore',
      object: `memory of pid ${pid} (${comm})`,
      cause: `${count} mappings are needed for the moment, and vm.max_map_count is ${most}`,
      hint: 'raise vm.max_map_count',
    });
  }
}

function numberIn(path: string): number {
  return Number(readFileSync(path, 'latin1'));
}
