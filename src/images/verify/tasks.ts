// SPDX-License-Identifier: LGPL-2.1-only

import type { SealedCore } from '../core.js';
import type { ImageDirectory } from '../directory.js';
import { CoreEntryMarch } from '../generated/enums.js';
import type { Findings } from './findings.js';
import type { Member } from './tree.js';

/** Signals without SIGKILL and SIGSTOP, or none: then they are in an image of their own. */
const ACTIONS: readonly number[] = [0, 62];
const LIMITS: readonly number[] = [0, 16];
const CAPABILITY_WORDS = 2;

/** The images every process must have, and what its threads must say. */
export function checkTasks(images: ImageDirectory, tree: readonly Member[], findings: Findings): void {
  for (const { pid, core, dead, entry } of tree) {
    const name = `core-${pid}.img`;
    if (core.tc === undefined) {
      findings.add(name, 'it says nothing about the process');
      continue;
    }
    if (dead) continue;
    findings.expect(
      ACTIONS.includes(core.tc.sigactions.length),
      name,
      `${core.tc.sigactions.length} signal actions instead of 62`,
    );
    const limits = core.tc.rlimits?.rlimits.length ?? 0;
    findings.expect(LIMITS.includes(limits), name, `${limits} resource limits instead of 16`);
    findings.attempt(() => images.one('IDS', pid));
    findings.attempt(() => images.one('FS', pid));
    checkThread(name, core, findings);
    for (const tid of entry.threads.slice(1)) {
      const thread = findings.attempt(() => images.core(tid));
      if (thread) checkThread(`core-${tid}.img`, thread, findings);
    }
  }
}

function checkThread(name: string, core: SealedCore, findings: Findings): void {
  const text = `registers of the machine (${core.mtype}) are missing, or of a machine that is not supported`;
  findings.expect(hasRegisters(core), name, text);
  if (core.thread_core === undefined) {
    findings.add(name, 'it says nothing about the thread');
    return;
  }
  const { creds } = core.thread_core;
  const sets = [creds?.cap_inh, creds?.cap_prm, creds?.cap_eff, creds?.cap_bnd];
  findings.expect(
    creds === undefined || sets.every((set) => set?.length === CAPABILITY_WORDS),
    name,
    'a capability set does not have two words',
  );
}

function hasRegisters({ mtype, thread_info, ti_aarch64 }: SealedCore): boolean {
  if (mtype === CoreEntryMarch.X86_64) return thread_info !== undefined;
  return mtype === CoreEntryMarch.AARCH64 && ti_aarch64 !== undefined;
}
