// SPDX-License-Identifier: GPL-2.0-only
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { anyLeft, killTree, processesBelow, threadsOf } from '../../../test/e2e/lib/processes.js';
import type { Options } from '../options.js';
import { startProgram } from '../target.js';
import { type DumpFigures, stasisTool } from '../tools.js';
import type { Point } from './exponent.js';
import { chosenKinds, type Kind } from './kinds.js';

export interface Growth {
  readonly kind: Kind;
  /** Least times of all runs of a size. */
  readonly dump: readonly Point[];
  readonly restore: readonly Point[];
  /** Runs that do not count, and why. */
  readonly thrownOut: readonly string[];
}

/** Seconds for a target to get ready, and to answer. */
const PATIENCE = 300;

/** Every kind in all its sizes, `options.pairs` runs each. */
export async function growth(options: Options, folder: string, say: (text: string) => void): Promise<Growth[]> {
  const results: Growth[] = [];
  for (const kind of chosenKinds(options.only)) {
    const dump: Point[] = [];
    const restore: Point[] = [];
    const thrownOut: string[] = [];
    for (const n of options.sizes.length > 0 ? options.sizes : kind.sizes) {
      const runs: { dump: Figures; restore: Figures }[] = [];
      for (let nth = 0; nth < options.pairs; nth++) {
        try {
          runs.push(await run(options, kind, n, folder));
        } catch (thrown) {
          thrownOut.push(`${n} ${kind.name}: ${thrown instanceof Error ? thrown.message : thrown}`);
        }
      }
      const least = (of: 'dump' | 'restore'): Point => ({
        n,
        ms: Math.min(...runs.map((each) => each[of].ms)),
        cpuMs: Math.min(...runs.map((each) => each[of].cpuMs ?? 0)),
      });
      const times = runs.length > 0 ? `dump ${least('dump').ms.toFixed(0)} ms, restore ${least('restore').ms.toFixed(0)} ms` : '';
      say(`${n} ${kind.name}: ${times || `THROWN OUT, ${thrownOut.at(-1)}`}`);
      if (runs.length === 0) continue;
      dump.push(least('dump'));
      restore.push(least('restore'));
    }
    results.push({ kind, dump, restore, thrownOut });
  }
  return results;
}

type Figures = Pick<DumpFigures, 'ms' | 'cpuMs'>;

async function run(options: Options, kind: Kind, n: number, folder: string): Promise<{ dump: Figures; restore: Figures }> {
  const images = join(folder, 'images');
  const [where, name] = kind.program;
  const target = await startProgram(where, name, kind.args(n), PATIENCE);
  try {
    const pids = processesBelow(target.pid);
    const tids = threadsOf(pids);
    const [processes, threads] = [kind.processes?.(n) ?? 1, kind.threads?.(n) ?? 1];
    if (pids.length !== processes || tids.length !== processes * threads)
      throw new Error(`the target has ${pids.length} processes and ${tids.length} threads`);
    const tool = stasisTool(options, folder);
    const dump = tool.dump(target.pid, images, 'kill');
    const left = await anyLeft(tids, 20);
    if (left !== undefined) throw new Error(`after the dump ${left}`);
    const restore = tool.restore(images);
    const answer = await target.go(PATIENCE);
    if (answer !== 'ok 1') throw new Error(`the restored target says: ${answer}`);
    return { dump, restore };
  } finally {
    // Asked to leave, it takes away what it has made elsewhere.
    await target.end();
    await killTree(target.pid);
    rmSync(images, { recursive: true, force: true });
  }
}
