// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../lib/run.js';
import { type Redis, startRedis } from './redis.js';

const GONE_MS = 2000;
const LOOK_MS = 10;

/** `npm run demo`: a database is put to disk, is gone, comes back, and knows what it knew. */
async function demo(): Promise<void> {
  await step('bash', ['scripts/setup']);
  await step('tsx', ['scripts/build/main.ts', 'native', 'bundle', 'manifest', 'code cache']);
  if (process.getuid?.() !== 0) throw new Error('the demo needs root: run `sudo npm run demo`');

  const folder = await mkdtemp(join(tmpdir(), 'stasis-demo-'));
  let redis: Redis | undefined;
  try {
    redis = await startRedis(folder);
    await show(redis, folder);
  } finally {
    if (redis && existsSync(`/proc/${redis.pid}`)) process.kill(redis.pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  }
}

async function show({ pid, ask }: Redis, folder: string): Promise<void> {
  const images = join(folder, 'images');
  say(`redis-server runs as pid ${pid}. We fill it and count to three.`);
  ask('DEBUG', 'POPULATE', '100000');
  for (const _ of [1, 2, 3]) ask('INCR', 'visits');
  say(`It holds ${ask('DBSIZE')} keys; visits = ${ask('GET', 'visits')}.\n`);

  await typed('bin/stasis', ['dump', String(pid), '--images-dir', images]);
  // A killed process is there until it has freed its memory and its parent has taken note.
  for (let waited = 0; existsSync(`/proc/${pid}`) && waited < GONE_MS; waited += LOOK_MS) await sleep(LOOK_MS);
  say(`Is pid ${pid} there? ${existsSync(`/proc/${pid}`) ? 'Yes!' : 'No.'} Does redis answer? ${answers(ask) ? 'Yes!' : 'No.'}`);
  if (existsSync(`/proc/${pid}`) || answers(ask)) throw new Error('redis-server is not gone');
  await typed('bin/stasis', ['image', 'verify', images]);
  say('');

  await typed('bin/stasis', ['restore', '--images-dir', images, '--detach']);
  const [keys, visits] = [ask('DBSIZE'), ask('INCR', 'visits')];
  say(`Pid ${pid} is back and answers. It holds ${keys} keys; one visit more makes ${visits}.`);
  if (keys !== '100001' || visits !== '4') throw new Error('redis-server has lost something');
  say('It went on where it had stopped.');
}

function answers(ask: Redis['ask']): boolean {
  try {
    return ask('PING') === 'PONG';
  } catch {
    return false;
  }
}

function say(text: string): void {
  console.log(text);
}

async function typed(program: string, args: readonly string[]): Promise<void> {
  say(`$ ${program.replace('bin/', '')} ${args.join(' ')}`);
  await step(program, args);
}

async function step(program: string, args: readonly string[]): Promise<void> {
  const { code } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ended with exit code ${code}`);
}

demo().catch((thrown: unknown) => {
  console.error(`demo: ${thrown instanceof Error ? thrown.message : thrown}`);
  process.exitCode = 1;
});
