// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../lib/root.js';

export interface Redis {
  readonly pid: number;
  /** Output of `redis-cli ...words`. Throws when nobody answers. */
  ask(...words: string[]): string;
}

/** A redis-server of its own: a session leader that holds no descriptor of this process. */
export async function startRedis(folder: string): Promise<Redis> {
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    logfile: join(folder, 'redis.log'),
    save: '',
    appendonly: 'no',
    'enable-debug-command': 'local',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('bash', ['scripts/lib/detached', 'redis-server', ...args], { cwd: root, stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error('redis-server does not start');
  // What is restored is no child of this process, so it must not wait for one.
  child.unref();
  const ask = (...words: string[]): string =>
    execFileSync('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  for (let tries = 0; tries < 100; tries += 1) {
    await sleep(100);
    try {
      if (ask('PING') === 'PONG') return { pid, ask };
    } catch {
      // Not listening yet.
    }
  }
  throw new Error('redis-server does not answer');
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
