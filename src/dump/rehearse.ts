// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StasisError } from '../errors/index.js';
import type { ErrorJson } from '../errors/stasis-error.js';
import type { Stage } from '../stages/run.js';
import { factsOf } from './collect.js';
import type { DumpState } from './context.js';

/** Ended with us, by the kernel, and with it all that it made. */
const UNSHARE = ['--pid', '--fork', '--kill-child', '--mount', '--propagation', 'private', '--net', '--ipc', '--mount-proc'];
/** Numbers that Node takes for its threads and helpers, with some to spare. */
const OWN_NUMBERS = 500;
/** Begins to count there; what it starts is the init of the namespace. */
const FROM = 'echo "$0" > /proc/sys/kernel/ns_last_pid && exec "$@"';
const BIN = fileURLToPath(new URL('../../bin/stasis', import.meta.url));

/** Restores the images beside the frozen tree, up to the last step. What fails gives the tree back. */
export const rehearseStage: Stage<DumpState> = {
  name: 'rehearse',
  needs: ['write'],
  async run(state) {
    checkMemory(state);
    const scene = join(state.tempDir, 'scene');
    mkdirSync(scene, { mode: 0o700 });
    try {
      state.notRehearsed = await rehearse(state, scene);
    } finally {
      rmdirSync(scene);
    }
  },
};

async function rehearse(state: DumpState, scene: string): Promise<readonly string[]> {
  const { tempDir, options } = state;
  const restore = ['restore', '--json', '--images-dir', tempDir, '--rehearsal', scene];
  const command = [process.execPath, BIN, ...restore, ...(options.shellJob ? ['--shell-job'] : [])];
  const answer = await run('unshare', [...UNSHARE, 'sh', '-c', FROM, String(freeNumber(state)), ...command], options.signal);
  options.signal?.throwIfAborted();
  const { error, notRehearsed } = parse(answer);
  if (error) throw failure(state, `${error.object}: ${error.cause}`, error.hint, error);
  if (!notRehearsed)
    throw failure(state, answer.error || 'it ended without an answer', 'it needs CAP_SYS_ADMIN, unshare and mount');
  return notRehearsed;
}

interface Answer {
  readonly output: string;
  /** What was complained of. */
  readonly error: string;
}

function parse({ output }: Answer): { readonly error?: ErrorJson; readonly notRehearsed?: readonly string[] } {
  try {
    return JSON.parse(output);
  } catch {
    return {};
  }
}

async function run(program: string, args: readonly string[], signal: AbortSignal | undefined): Promise<Answer> {
  // Loads all of Node's streams, which no other dump needs.
  const { spawn } = await import('node:child_process');
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  try {
    return await new Promise<Answer>((resolve) => {
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString().trim();
      child.on('error', ({ message }) => resolve({ output: '', error: message }));
      child.on('close', () => resolve({ output: text(output), error: text(errors) }));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** A number with as many behind it as the rehearsal needs for itself that no task of the tree has. */
function freeNumber(state: DumpState): number {
  const taken = factsOf(state).tasks.flatMap(({ pid, sid, pgid, threads }) => [pid, sid, pgid, ...threads.map(({ tid }) => tid)]);
  let number = Number(readFileSync('/proc/sys/kernel/pid_max', 'latin1')) - OWN_NUMBERS - 1;
  while (number > 0 && taken.some((id) => id > number && id <= number + OWN_NUMBERS)) number -= OWN_NUMBERS;
  return Math.max(number, 1);
}

/** The kernel ends somebody where there is not enough, and that could be the tree. */
function checkMemory(state: DumpState): void {
  const needed = state.files.reduce((sum, { size }) => sum + size, 0);
  const kib = /^MemAvailable:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  if (kib === undefined || needed < Number(kib) * 1024) return;
  throw failure(state, `it takes ${needed} bytes of memory, and ${Number(kib) * 1024} are available`, 'dump without --rehearse');
}

function failure(state: DumpState, cause: string, hint: string | undefined, source?: ErrorJson): StasisError {
  const { root } = factsOf(state);
  return new StasisError({
    kind: source?.kind ?? 'dump',
    operation: 'dump',
    object: `pid ${root.hostPid} (${root.comm})`,
    cause: `its rehearsal failed: ${cause}`,
    hint,
    details: { ...source?.details, pid: root.hostPid, stage: 'rehearse' },
    source,
  });
}
