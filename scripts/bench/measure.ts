// SPDX-License-Identifier: GPL-2.0-only
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { anyLeft, killTree, processesBelow, threadsOf } from '../../test/e2e/lib/processes.js';
import type { Case } from './cases.js';
import { nodeStart } from './command.js';
import { median } from './statistics.js';
import { startTarget } from './target.js';
import type { DumpFigures, RestoreFigures, Tool } from './tools.js';

export interface Sample {
  readonly dump: DumpFigures;
  readonly restore: RestoreFigures;
  /** `node -e 0` around it, where that matters: as bin/stasis starts Node, and as a shell would. */
  readonly node?: { readonly asStasisMs: number; readonly plainMs: number } | undefined;
}

const SETTLE_MS = 200;

/**
 * One tree, started for this alone, dumped, seen gone, restored and asked whether it is what it was.
 * Rejects with the reason why the run does not count.
 */
export async function measure(tool: Tool, { mib, processes, threads, node }: Case, folder: string): Promise<Sample> {
  const images = join(folder, 'images');
  const target = await startTarget('ballast', mib, processes, threads);
  try {
    const pids = processesBelow(target.pid);
    const tids = threadsOf(pids);
    if (pids.length !== processes || tids.length !== processes * threads)
      throw new Error(`the target has ${pids.length} processes`);
    await sleep(SETTLE_MS);

    const dump = tool.dump(target.pid, images, 'kill');
    const left = await anyLeft(tids, 20);
    if (left !== undefined) throw new Error(`after the dump ${left}`);
    await sleep(SETTLE_MS);

    const restore = tool.restore(images);
    const answer = await target.go();
    if (answer !== 'ok 1') throw new Error(`the restored target says: ${answer}`);
    return { dump, restore, node: node && tool.name === 'stasis' ? nodeTimes(folder) : undefined };
  } finally {
    await killTree(target.pid);
    await target.end();
    rmSync(images, { recursive: true, force: true });
  }
}

function nodeTimes(folder: string): Sample['node'] {
  const times = (plain: boolean): number => median([1, 2, 3].map(() => nodeStart(folder, plain)));
  return { asStasisMs: times(false), plainMs: times(true) };
}
