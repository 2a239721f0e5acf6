// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpReport } from '../../src/dump/types.js';
import { decodeOne } from '../../src/images/file.js';
import type { RestoreReport } from '../../src/restore/types.js';
import type { StageTime } from '../../src/stages/progress.js';
import { timed } from './command.js';
import type { Options } from './options.js';

export interface DumpFigures {
  /** Of the whole command. */
  readonly ms: number;
  /** Processor time of the whole command, where it was taken. */
  readonly cpuMs?: number;
  readonly frozenMs: number;
  /** Bytes of page contents, where the tool tells. */
  readonly pagesBytes?: number;
  readonly stages?: readonly StageTime[];
}

export interface RestoreFigures {
  /** Of the whole command. */
  readonly ms: number;
  readonly cpuMs?: number;
  readonly stages?: readonly StageTime[];
}

/** A program that dumps and restores. Both throw an Error with its words when it fails. */
export interface Tool {
  readonly name: 'stasis' | 'peer';
  dump(pid: number, imagesDir: string, after: 'kill' | 'run'): DumpFigures;
  /** Detached. */
  restore(imagesDir: string): RestoreFigures;
}

/** `folder`: for what the commands print. */
export function stasisTool({ stasis }: Options, folder: string): Tool {
  return {
    name: 'stasis',
    dump(pid, imagesDir, after) {
      const rest = after === 'run' ? ['--leave-running'] : [];
      const { ms, cpuMs, stdout } = timed(stasis, ['dump', String(pid), '--images-dir', imagesDir, '--json', ...rest], folder);
      const { frozenMs, pagesBytes, stages, wallMs } = JSON.parse(stdout) as DumpReport;
      return { ms, cpuMs, frozenMs, pagesBytes, stages: [...stages, { stage: START, ms: ms - wallMs }] };
    },
    restore(imagesDir) {
      const { ms, cpuMs, stdout } = timed(stasis, ['restore', '--images-dir', imagesDir, '--detach', '--json'], folder);
      const { stages, wallMs } = JSON.parse(stdout) as RestoreReport;
      return { ms, cpuMs, stages: [...stages, { stage: START, ms: ms - wallMs }] };
    },
  };
}

/** What lies outside of the library: start of Node, reading the command line, exit. */
const START = 'start, exit';

/** It writes errors only, and no report but its own `stats-dump`. */
export function peerTool(peer: string, folder: string): Tool {
  const quiet = ['-v1', '-o', join(folder, 'peer.log')];
  return {
    name: 'peer',
    dump(pid, imagesDir, after) {
      mkdirSync(imagesDir);
      const rest = after === 'run' ? ['--leave-running'] : [];
      const { ms } = explained(() => timed(peer, ['dump', '-t', String(pid), '-D', imagesDir, ...quiet, ...rest], folder));
      const file = 'stats-dump';
      const { dump } = decodeOne('STATS', file, readFileSync(join(imagesDir, file)));
      if (!dump) throw new Error(`the peer's ${file} does not tell how long the target was frozen`);
      return { ms, frozenMs: dump.frozen_time / 1000 };
    },
    restore(imagesDir) {
      return { ms: explained(() => timed(peer, ['restore', '-d', '-D', imagesDir, ...quiet], folder)).ms };
    },
  };

  function explained<T>(action: () => T): T {
    try {
      return action();
    } catch (thrown) {
      const log = readFileSync(join(folder, 'peer.log'), 'utf8').trim();
      throw new Error(`${(thrown as Error).message} ${log.slice(-600)}`);
    }
  }
}
