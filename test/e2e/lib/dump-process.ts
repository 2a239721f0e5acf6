// SPDX-License-Identifier: GPL-2.0-only
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../../harness/stasis.js';
import { statusOf } from './processes.js';

const BIN = fileURLToPath(new URL('../../../bin/stasis', import.meta.url));
const NAP = new Int32Array(new SharedArrayBuffer(4));

/** A running `stasis`, to which something is to be done at a precise moment. */
export class Running {
  readonly #child: ChildProcess;
  readonly outcome: Promise<Outcome>;

  constructor(...args: string[]) {
    this.#child = spawn(BIN, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    this.#child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    this.outcome = new Promise((resolve, reject) => {
      this.#child.on('error', reject).on('close', (code, signal) => {
        resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits, without giving the event loop a turn, until it holds this task. Returns false where it has ended before. */
  freezes(pid: number): boolean {
    waitHere(60_000, () => isTraced(pid) || this.hasEnded);
    return isTraced(pid);
  }

  /** Known before the event loop comes to hear of it. */
  get hasEnded(): boolean {
    return !/^[^ZX]/.test(statusOf(this.pid, 'State') ?? 'X');
  }

  /** Has no effect on one that has ended. */
  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Whether somebody traces the task: from a dump's first moment of freezing to its last. */
export function isTraced(pid: number): boolean {
  return Number(statusOf(pid, 'TracerPid') ?? 0) > 0;
}

/**
 * Waits without giving the event loop a turn, so that what follows comes when it is meant to: until `happens`, or for
 * `milliseconds`. Returns whether it happened.
 */
export function waitHere(milliseconds: number, happens: () => boolean = () => false): boolean {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    if (happens()) return true;
    Atomics.wait(NAP, 0, 0, Math.min(0.1, Math.max(0, end - performance.now())));
  }
  return happens();
}
