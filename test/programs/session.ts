// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../scripts/lib/root.js';
import { launch } from '../harness/launch.js';
import { commandOf } from './build.js';
import type { Program } from './catalogue.js';
import { stateOf } from './tree.js';

const LOOK_MS = 10;

export interface StartOptions {
  readonly sabotage?: boolean;
  /** As a child of init, which a program to be dumped should be. */
  readonly orphan?: boolean;
  /** As a child of the init of a PID namespace of its own, which is the root of the tree then. */
  readonly ownPids?: boolean;
}

/** What is known of the end of the process that was started here. */
interface Ending {
  /** Null where a signal ended it, or where that cannot be known. */
  readonly exitCode: number | null;
  readonly reaped: boolean;
}

/**
 * A running program and its report file (README.md has the protocol). The program may be dumped, killed and restored
 * between two rounds: only files connect it with this object.
 */
export class Session {
  /** Pid of the tree's root: of the program, which leads its session, or of the init of its PID namespace. Restored there, it is another. */
  pid: number;
  readonly folder: string;
  readonly report: string;
  #round = 0;
  readonly #ending: Ending;

  private constructor(pid: number, ending: Ending, folder: string, report: string) {
    this.pid = pid;
    this.folder = folder;
    this.report = report;
    this.#ending = ending;
  }

  /** Starts a built program in a folder of its own. */
  static start(program: Program, options: StartOptions = {}): Session {
    const folder = mkdtempSync(join(tmpdir(), 'stasis-program-'));
    const report = join(folder, 'report');
    const [file, ...before] = commandOf(program);
    const env = { ...process.env, ...(options.sabotage ? { STASIS_SABOTAGE: '1' } : {}) };
    // The report exists from the start: a program whose report is gone leaves.
    writeFileSync(report, '');
    const command = [file, ...before, report, ...program.args];
    const { pid, ending } = options.ownPids
      ? startInside(command, env)
      : options.orphan
        ? startOrphan(command, env)
        : startChild(command, env);
    return new Session(pid, ending, folder, report);
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

  /** Goes on from an earlier round, as a program does that is restored from an older image; its report must do so too. */
  rewind(round: number): void {
    for (; this.#round > round; this.#round--) rmSync(`${this.report}.go-${this.#round}`, { force: true });
  }

  /**
   * Ends the program, restored or not, and removes its folder. Resolves to the exit code of the process that was started
   * here, null where a signal ended it (as a dump does).
   */
  async end(seconds = 20): Promise<number | null> {
    writeFileSync(`${this.report}.end`, '');
    for (let waited = 0; this.#lives && waited < seconds * 1000; waited += LOOK_MS) await sleep(LOOK_MS);
    if (this.#lives) process.kill(this.pid, 'SIGKILL');
    // A zombie that leads a thread group is reaped when the last of its threads has gone.
    for (let waited = 0; !this.#ending.reaped && waited < seconds * 1000; waited += LOOK_MS) await sleep(LOOK_MS);
    rmSync(this.folder, { recursive: true, force: true });
    return this.#ending.exitCode;
  }

  /** Whether a task of that pid, started here or restored, is there and is no zombie. */
  get #lives(): boolean {
    return !/^(Z|X|)$/.test(stateOf(this.pid) ?? '');
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

type Started = { readonly pid: number; readonly ending: Ending };

function startChild([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(file, args, { cwd: '/', env, stdio: 'ignore', detached: true });
  if (child.pid === undefined) throw new Error('the program could not be started');
  const ending = {
    get exitCode() {
      return child.exitCode;
    },
    get reaped() {
      return child.exitCode !== null || child.signalCode !== null;
    },
  };
  return { pid: child.pid, ending };
}

function startInside(command: readonly string[], env: NodeJS.ProcessEnv): Started {
  const init = join(root, 'build/harness/init');
  const outer = launch(['unshare', '--pid', '--fork', '--kill-child', 'setsid', init, 'setsid', ...command], { env });
  const children = `/proc/${outer}/task/${outer}/children`;
  let pid = 0;
  while (pid === 0) pid = Number(readFileSync(children, 'utf8'));
  const ending = {
    exitCode: null,
    get reaped() {
      return !existsSync(`/proc/${outer}`);
    },
  };
  return { pid, ending };
}

function startOrphan(command: readonly string[], env: NodeJS.ProcessEnv): Started {
  const pid = launch(command, { env });
  const ending = {
    exitCode: null,
    get reaped() {
      return !existsSync(`/proc/${pid}`);
    },
  };
  return { pid, ending };
}
