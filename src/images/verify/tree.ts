// SPDX-License-Identifier: LGPL-2.1-only
import type { SealedCore } from '../core.js';
import type { ImageDirectory } from '../directory.js';
import type { PstreeEntry } from '../generated/messages.js';
import type { Findings } from './findings.js';

/** task_core_entry.task_state */
const TASK_DEAD = 2;

/** A process as the other rules need it. */
export interface Member {
  readonly pid: number;
  readonly entry: PstreeEntry;
  /** Of the thread group leader. */
  readonly core: SealedCore;
  readonly dead: boolean;
}

const NAME = 'pstree.img';

/** Processes whose leader's core image can be read, after the rules about the tree. */
export function checkTree(images: ImageDirectory, findings: Findings): Member[] {
  const entries = findings.attempt(() => required(images));
  if (entries === undefined) return [];
  const roots = entries.filter((entry) => entry.ppid === 0);
  findings.expect(roots.length === 1, NAME, `${roots.length} processes without a parent instead of 1`);

  const members: Member[] = [];
  const seen = new Set<number>();
  const threads = new Set<number>();
  for (const entry of entries) {
    const { pid, ppid, pgid, sid } = entry;
    findings.expect(!seen.has(pid) && !threads.has(pid), NAME, `pid ${pid} is there twice`);
    findings.expect(ppid === 0 || seen.has(ppid), NAME, `pid ${pid} has the parent ${ppid}, which does not come before it`);
    findings.expect(pid > 0 && pgid > 0 && sid > 0, NAME, `pid ${pid} has no process group or no session`);
    seen.add(pid);
    const core = findings.attempt(() => images.core(pid));
    if (core === undefined) continue;
    const dead = core.tc?.task_state === TASK_DEAD;
    if (!dead) checkThreads(entry, seen, threads, findings);
    members.push({ pid, entry, core, dead });
  }
  return members;
}

/** An image that must exist, unlike most. @throws ImageError */
function required(images: ImageDirectory): PstreeEntry[] {
  images.bytes(NAME);
  return images.all('PSTREE');
}

/** Not of the dead: CRIU writes chance numbers for them. */
function checkThreads({ pid, threads }: PstreeEntry, pids: ReadonlySet<number>, tids: Set<number>, findings: Findings): void {
  findings.expect(threads[0] === pid, NAME, `pid ${pid} does not lead its own threads`);
  for (const tid of threads.slice(1)) {
    findings.expect(!tids.has(tid) && !pids.has(tid), NAME, `thread ${tid} of pid ${pid} is there twice`);
    tids.add(tid);
  }
}
