// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Program } from './catalogue.js';

/** What there is below and at `pid` now, as the catalogue counts it. */
function treeOf(pid: number): Program['tree'] {
  const tasks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parents = new Map(tasks.map((task) => [task, parentOf(task)]));
  const tree = { processes: 0, threads: 0, zombies: 0 };
  for (const task of tasks) {
    if (!descends(task, pid, parents)) continue;
    const state = stateOf(task);
    if (state === 'Z') tree.zombies++;
    else if (state !== undefined) {
      tree.processes++;
      tree.threads += readdirSync(`/proc/${task}/task`).length;
    }
  }
  return tree;
}

/** The tree as soon as it is as wanted, or as it is after 20 seconds: short-lived threads come and go in some. */
export async function settledTree(pid: number, wanted: Program['tree']): Promise<Program['tree']> {
  for (let tries = 0; ; tries++) {
    const tree = treeOf(pid);
    if (tries === 1000 || isDeepStrictEqual(tree, wanted)) return tree;
    await sleep(20);
  }
}

function descends(task: number, from: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = task; at !== undefined && at > 0; at = parents.get(at)) if (at === from) return true;
  return false;
}

function fields(task: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${task}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function parentOf(task: number): number {
  return Number(fields(task)[1] ?? 0);
}

/** The letter that /proc shows of a task (`R`, `S`, `T`, `Z`, …), or undefined where there is no such task. */
export function stateOf(task: number): string | undefined {
  return fields(task)[0];
}
