// SPDX-License-Identifier: GPL-2.0-only
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './processes.js';

const DRIVER = fileURLToPath(new URL('./terminal.py', import.meta.url));

/** A command in a pseudo-terminal of its own: what is typed into it and what it displays. */
export class Terminal {
  readonly #driver: ChildProcess;
  #shown = '';
  #read = 0;
  #pid = '';
  readonly #ended: Promise<number | null>;

  constructor(command: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#driver = spawn('/usr/bin/python3', [DRIVER, ...command], { env, stdio: 'pipe' });
    this.#driver.stdout?.on('data', (chunk: Buffer) => {
      this.#shown += chunk.toString('latin1');
    });
    this.#driver.stderr?.on('data', (chunk: Buffer) => {
      this.#pid += chunk.toString('latin1');
    });
    this.#driver.stdin?.on('error', () => undefined);
    this.#ended = new Promise((resolve) => this.#driver.on('close', resolve));
  }

  /** Of the command. */
  async pid(): Promise<number> {
    return Number(await until('the pid of the command', () => /^(\d+)\n/.exec(this.#pid)?.[1]));
  }

  type(text: string): void {
    this.#driver.stdin?.write(text, 'latin1');
  }

  /** What is displayed from the last answer up to and with `pattern`. @throws Error with what is displayed instead */
  async shows(pattern: RegExp, seconds = 20): Promise<string> {
    const look = (): string | undefined => {
      const fresh = this.#shown.slice(this.#read);
      const match = pattern.exec(fresh);
      if (!match) return undefined;
      this.#read += match.index + match[0].length;
      return fresh.slice(0, match.index + match[0].length);
    };
    return until(String(pattern), look, seconds).catch(() => {
      throw new Error(`${pattern} is not displayed, but ${JSON.stringify(this.#shown.slice(this.#read))}`);
    });
  }

  /** Resolves to the exit code once nothing has the terminal open any more. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  close(): void {
    this.#driver.kill('SIGKILL');
  }
}
