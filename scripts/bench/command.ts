// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Timed {
  /** From spawn to exit. */
  readonly ms: number;
  /** Of processors, in steps of 10 ms: what else the machine does adds nothing. What a command leaves running is not in it. */
  readonly cpuMs: number;
  readonly stdout: string;
}

/**
 * Runs a whole command and waits for its exit, not for its output to be closed: it goes to files, as a pipe might live on
 * in what a command leaves behind. `folder`: where these files go.
 * @throws Error with the command's own words where its exit code is not 0
 */
export function timed(program: string, args: readonly string[], folder: string): Timed {
  const files = [join(folder, 'stdout'), join(folder, 'stderr')] as const;
  const [out, err] = [openSync(files[0], 'w'), openSync(files[1], 'w')];
  const cpuBefore = childrenMs();
  const begin = performance.now();
  const { status, signal, error } = spawnSync(program, args, { stdio: ['ignore', out, err] });
  const ms = performance.now() - begin;
  const cpuMs = childrenMs() - cpuBefore;
  closeSync(out);
  closeSync(err);
  const stdout = readFileSync(files[0], 'utf8');
  if (error) throw error;
  if (status !== 0) {
    const words = `${stdout}${readFileSync(files[1], 'utf8')}`.trim();
    throw new Error(`${program} ${args[0]} ended with ${status ?? signal}: ${words.slice(-600)}`);
  }
  return { ms, cpuMs, stdout };
}

/** Processor time of all children that have ended: cutime and cstime (proc_pid_stat(5)), in ticks of 10 ms. */
function childrenMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Milliseconds of `node -e 0`, as `bin/stasis` starts Node; `plain`: as a shell would, NODE_EXTRA_CA_CERTS kept. */
export function nodeStart(folder: string, plain = false): number {
  const changes = plain ? [] : ['-u', 'NODE_EXTRA_CA_CERTS'];
  return timed('/usr/bin/env', [...changes, 'node', '-e', '0'], folder).ms;
}
