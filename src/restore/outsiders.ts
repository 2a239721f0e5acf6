// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import type { Images } from '../model/images.js';
import { hasOwnPids } from '../model/namespaces.js';
import type { Model } from '../model/types.js';
import type { NativeApi } from '../native/contract.js';
import type { Checks, Standing } from '../plan/checks.js';
import { type Claim, claims } from './claims.js';

/** What others would keep of a tree that is killed: numbers, names and locks that a restore needs. */
export class Outsiders {
  private readonly groups: Promise<readonly number[]>;

  /** Begins to look at once. */
  constructor(
    private readonly native: NativeApi,
    private readonly standing: Standing,
  ) {
    this.groups = native.processGroups();
    // It is waited for below; should something else fail before that, the one error is enough.
    this.groups.catch(() => undefined);
  }

  /** `numbers`: all that the plan asks for. */
  async check(model: Model, images: Images, numbers: ReadonlySet<number>, checks: Checks): Promise<void> {
    const tree = new Set([...model.byPid.keys()].map((pid) => this.standing.hostPid(pid)));
    // In a PID namespace of its own nobody else has a number.
    if (!hasOwnPids(model)) checkNumbers(tree, await this.groups, numbers, checks);
    const claimed = [...claims(model, images)].map((claim) => this.onHost(claim));
    if (claimed.length === 0) return;
    // We have duplicates as long as the tree is frozen.
    const held = await this.native.descriptorHolders(claimed, [...tree, process.pid]);
    for (let i = 0; i + 1 < held.length; i += 2) {
      const [index, pid] = [held[i] as number, held[i + 1] as number];
      keeps(checks, pid, claimed[index]?.what ?? '', 'it stays in use', 'has it open, too');
    }
  }

  private onHost(claim: Claim): Claim {
    return claim.pid === undefined ? claim : { ...claim, pid: this.standing.hostPid(claim.pid) };
  }
}

/** A pid is taken as long as a process is in the group or session of that number. */
function checkNumbers(tree: ReadonlySet<number>, groups: readonly number[], numbers: ReadonlySet<number>, checks: Checks): void {
  const told = new Set<number>();
  for (let i = 0; i + 2 < groups.length; i += 3) {
    const [pid, ...both] = [groups[i] as number, groups[i + 1] as number, groups[i + 2] as number];
    if (tree.has(pid)) continue;
    const taken = both.find((id) => numbers.has(id) && !told.has(id));
    if (taken === undefined) continue;
    told.add(taken);
    keeps(checks, pid, `pid ${taken}`, 'the number stays taken', 'is in its process group or session');
  }
}

function keeps(checks: Checks, pid: number, object: string, cause: string, how: string): void {
  checks.problem({
    operation: 'restore',
    object,
    cause: `${cause}: pid ${pid}${nameOf(pid)}, which is not in the tree, ${how}`,
    hint: `end pid ${pid} first, or dump a tree that holds both`,
  });
}

function nameOf(pid: number): string {
  try {
    return ` (${readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()})`;
  } catch {
    return '';
  }
}
