// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { launch } from '../../harness/launch.js';
import { anyLeft, attempt, killTree, processesBelow, threadsOf, until } from './processes.js';

const PROGRAM = fileURLToPath(new URL('./menagerie.py', import.meta.url));

const PROOF = {
  regular: 'bytes',
  pipe: 'pipe bytes',
  fifo: 'fifo bytes',
  queue: 'queued bytes',
  shared: 'shared bytes',
  ghost: 'ghost bytes',
  memory: 'memory bytes',
  accepted: true,
  ballast: true,
  timer: true,
  ports: true,
};

/** A tree of two processes with something of most kinds, and what it leaves on the host. */
export class Menagerie {
  readonly pid: number;
  readonly folder: string;
  #ids: readonly number[] = [];
  #port = 0;

  constructor(t: Pick<ExecutionContext, 'teardown'>, folder: string) {
    this.folder = folder;
    this.pid = launch(['/usr/bin/python3', PROGRAM, folder]);
    t.teardown(() => killTree(this.pid));
  }

  async ready(): Promise<this> {
    await until('the menagerie is ready', () => existsSync(join(this.folder, 'ready')));
    this.#port = JSON.parse(readFileSync(join(this.folder, 'ready'), 'utf8')).tcp;
    this.#ids = [...new Set([...processesBelow(this.pid), ...threadsOf(processesBelow(this.pid))])];
    return this;
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  /** What it has left on the host, in words, apart from its folder's files as they were when it was gone. */
  async traces(seconds = 30): Promise<string[]> {
    const left = await anyLeft(this.#ids, seconds);
    const listening = listens(this.#port);
    const sockets = readFileSync('/proc/net/unix', 'latin1').includes(this.folder);
    return [
      ...(left === undefined ? [] : [left]),
      ...(listening ? [`somebody listens at port ${this.#port}`] : []),
      ...(sockets ? [`there are sockets bound in ${this.folder}`] : []),
      ...ownChildren().map((pid) => `this process has a child ${pid}`),
    ];
  }

  /** Names, types and sizes of the files in its folder. */
  files(): string[] {
    return readdirSync(this.folder)
      .sort()
      .map((name) => {
        const { mode, size } = statSync(join(this.folder, name));
        return `${name} ${mode.toString(8)} ${size}`;
      });
  }

  /** By name: which file is which. */
  inodes(): Record<string, number> {
    return Object.fromEntries(readdirSync(this.folder).map((name) => [name, lstatSync(join(this.folder, name)).ino]));
  }

  /** Lets it prove that everything is as it was, and end. */
  async proves(t: ExecutionContext): Promise<void> {
    writeFileSync(join(this.folder, 'go'), '');
    await until('the menagerie proves itself', () => existsSync(join(this.folder, 'proof')));
    t.deepEqual(JSON.parse(readFileSync(join(this.folder, 'proof'), 'utf8')), PROOF);
  }
}

/** Whether somebody listens at this port of 127.0.0.1 (state 10 of /proc/net/tcp; proc_net_tcp.rst of the kernel). */
function listens(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1').includes(` ${local} 00000000:0000 0A `);
}

/** Pids of the children of this process, which starts none itself between two looks. */
function ownChildren(): string[] {
  return readdirSync('/proc/self/task').flatMap((tid) => {
    const pids = attempt(() => readFileSync(`/proc/self/task/${tid}/children`, 'latin1')) ?? '';
    return pids.split(' ').filter((pid) => pid !== '');
  });
}
