// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { native } from '../../src/native/index.js';

/** Bytes per second. */
export interface Rates {
  readonly threads: number;
  readonly memcpy: number;
  readonly readv: number;
  readonly write: number;
}

export interface Machine {
  readonly date: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly node: string;
  /** What images are written to. */
  readonly fileSystem: string;
  /** Others' work on it, as the bench began: processes that run or want to, over one minute. */
  readonly load: number;
  /** With one thread, and with one a CPU. */
  readonly rates: readonly Rates[];
  /** As it calls itself. */
  readonly peer?: string;
}

const BUFFER = 256 << 20;

/** `dir`: where images go. */
export async function machine(dir: string, peer: string | undefined): Promise<Machine> {
  const load = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  const cpus = availableParallelism();
  const rates: Rates[] = [];
  for (const threads of new Set([1, cpus])) rates.push({ threads, ...(await native().machineLimits(dir, BUFFER, threads)) });
  return {
    date: new Date().toISOString().slice(0, 10),
    kernel: release(),
    cpu: /^model name\s*:\s*(.*)/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch,
    cpus,
    node: process.version,
    fileSystem: execFileSync('stat', ['--file-system', '--format=%T', dir], { encoding: 'utf8' }).trim(),
    load,
    rates,
    ...(peer === undefined ? {} : { peer: peerName(peer) }),
  };
}

/** `Version: 4.2` → `CRIU 4.2` */
function peerName(peer: string): string {
  const text = execFileSync(peer, ['--version'], { encoding: 'utf8' });
  return `CRIU ${/^Version:\s*(\S+)/m.exec(text)?.[1] ?? 'of unknown version'}`;
}
