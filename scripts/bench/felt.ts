// SPDX-License-Identifier: GPL-2.0-only
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTree } from '../../test/e2e/lib/processes.js';
import type { FeltCase } from './cases.js';
import { startTarget } from './target.js';
import type { DumpFigures, Tool } from './tools.js';

export interface FeltSample {
  readonly dump: DumpFigures;
  /** The largest gap that the target's clock thread saw around the dump. */
  readonly gapMs: number;
  /** The largest gap in as long a time without a dump: what the machine does by itself. */
  readonly idleGapMs: number;
}

const SETTLE_MS = 200;

/** A dump that leaves the target running, as the target itself sees it. Rejects with the reason why the run does not count. */
export async function feel(tool: Tool, { mib }: FeltCase, folder: string): Promise<FeltSample> {
  const images = join(folder, 'images');
  const target = await startTarget('gapclock', mib);
  const gap = async (): Promise<number> => {
    const answer = await target.go();
    const found = /^ok \d+ gap_ns=(\d+) /.exec(answer)?.[1];
    if (found === undefined) throw new Error(`the target says: ${answer}`);
    return Number(found) / 1e6;
  };
  try {
    await sleep(SETTLE_MS);
    await gap();
    const dump = tool.dump(target.pid, images, 'run');
    await sleep(SETTLE_MS);
    const gapMs = await gap();
    await sleep(dump.ms + SETTLE_MS);
    return { dump, gapMs, idleGapMs: await gap() };
  } finally {
    await killTree(target.pid);
    await target.end();
    rmSync(images, { recursive: true, force: true });
  }
}
