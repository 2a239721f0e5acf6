// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { launch } from '../../harness/launch.js';
import { attempt, until } from './processes.js';

/** A redis-server that keeps nothing on disk, and its client. */
export interface Redis {
  readonly pid: number;
  /** What `redis-cli` answers to these words. */
  ask(...words: string[]): string;
  /** What `redis-cli` says to commands on its standard input; `pipe`: in mass insertion mode. */
  feed(commands: string, pipe?: boolean): string;
  /** Waits until it has seen the last client go: a connection is not dumped. */
  idle(): Promise<void>;
}

export async function startRedis(folder: string): Promise<Redis> {
  const port = await freePort();
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--enable-debug-command', 'local'];
  const pid = launch(['redis-server', '--port', `${port}`, '--dir', folder, ...settings], { output: `${folder}/redis.log` });
  const client = (words: readonly string[], input?: string): string =>
    execFileSync('redis-cli', ['-p', `${port}`, ...words], { encoding: 'utf8', input, maxBuffer: 1 << 28, stdio: 'pipe' }).trim();
  await until('redis-server answers', () => attempt(() => client(['PING'])) === 'PONG');
  return {
    pid,
    ask: (...words) => client(words),
    feed: (commands, pipe) => client(pipe ? ['--pipe'] : [], commands),
    idle: () => until('redis-server has no client', () => socketsOf(pid) === 1).then(() => undefined),
  };
}

function socketsOf(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  return links.filter((link) => link?.startsWith('socket:')).length;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
