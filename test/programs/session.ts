// SPDX-License-Identifier: GPL-2.0-only
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf } from './build.js';
import type { Program } from './catalogue.js';
import { stateOf } from './tree.js';

const LOOK_MS = 10;

/**
 * A running program and its report file (README.md has the protocol). The program may be dumped, killed and restored
 * between two rounds: only files connect it with this object.
 */
export class Session {
  /** Pid of the tree's leader, which also leads its session. */
  readonly pid: number;
  readonly folder: string;
  readonly report: string;
  #round = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, folder: string, report: string) {
    if (child.pid === undefined) throw new Error('the program could not be started');
    this.pid = child.pid;
    this.folder = folder;
    this.report = report;
    this.#child = child;
  }

  /** Starts a built program in a folder of its own. */
  static start(program: Program, options: { readonly sabotage?: boolean } = {}): Session {
    const folder = mkdtempSync(join(tmpdir(), 'stasis-'));
    const report = join(folder, 'report');
    const [file, ...before] = commandOf(program);
    const env = { ...process.env, ...(options.sabotage ? { STASIS_SABOTAGE: '1' } : {}) };
    // The report exists from the start: a program whose report is gone leaves.
    writeFileSync(report, '');
    const child = spawn(file, [...before, report, ...program.args], { cwd: '/', env, stdio: 'ignore', detached: true });
    return new Session(child, folder, report);
  }

  /** The first line: `ready`, `skip: reason` or `error: reason`. */
  first(seconds = 60): Promise<string> {
    return this.#line(0, seconds);
  }

  /** Asks for the next verification and gives the answer: `ok N…`, `fail N: …`, or whatever else was written first. */
  go(seconds = 120): Promise<string> {
    this.#round++;
    writeFileSync(`${this.report}.go-${this.#round}`, '');
    return this.#line(this.#round, seconds);
  }

  /**
   * Ends the program, restored or not, and removes its folder. Resolves to the exit code of the process that was started
   * here, null where a signal ended it (as a dump does).
   */
  async end(seconds = 20): Promise<number | null> {
    writeFileSync(`${this.report}.end`, '');
    for (let waited = 0; this.#lives && waited < seconds * 1000; waited += LOOK_MS) await sleep(LOOK_MS);
    if (this.#lives) process.kill(this.pid, 'SIGKILL');
    for (let waited = 0; !this.#reaped && waited < 1000; waited += LOOK_MS) await sleep(LOOK_MS);
    rmSync(this.folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }

  /** Whether a task of that pid, started here or restored, is there and is no zombie. */
  get #lives(): boolean {
    return !/^(Z|X|)$/.test(stateOf(this.pid) ?? '');
  }

  get #reaped(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #line(index: number, seconds: number): Promise<string> {
    for (let waited = 0; waited < seconds * 1000; waited += LOOK_MS) {
      const lives = this.#lives;
      const lines = existsSync(this.report) ? readFileSync(this.report, 'utf8').split('\n') : [];
      const line = lines[index];
      if (lines.length > index + 1 && line !== undefined) return line;
      if (!lives) return `gone after: ${lines.filter(Boolean).at(-1) ?? 'nothing'}`;
      await sleep(LOOK_MS);
    }
    return `no answer in ${seconds} s`;
  }
}
