// SPDX-License-Identifier: GPL-2.0-only
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import { type Driver, dumpGone, library } from '../e2e/lib/driver.js';
import { killTree } from '../e2e/lib/processes.js';
import { scratch } from '../e2e/lib/scratch.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { stasis } from '../harness/stasis.js';
import { buildPrograms } from '../programs/build.js';
import { type Program, programs } from '../programs/catalogue.js';
import { lacking } from '../programs/needs.js';
import { Session } from '../programs/session.js';

const run = promisify(execFile);
/** It may wait for ever. */
const LIMIT = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
/** Both sides start helpers by the dozen; what is compared is content, not time. */
const queue = new PQueue({ concurrency: 1 });

/**
 * One of most kinds, of what CRIU keeps whole itself, since 3.17.1. Not `memory/shared-anonymous`: when one task has an object
 * mapped once and another twice, CRIU 3.17.1 waits for ever in its restore of what we dump.
 */
const EXCHANGED = [
  'tasks/tree',
  'tasks/threads',
  'tasks/group-without-leader',
  'tasks/rlimits',
  'signals/pending',
  'signals/on-altstack',
  'signals/posix-timers',
  'blocked/io',
  'registers/x86_64/avx',
  'registers/x86_64/rseq',
  'registers/robust',
  'memory/anonymous',
  'memory/private-file',
  'memory/shared-file',
  'memory/memfd',
  'memory/device-zero',
  'memory/stack',
  'memory/heap',
  'memory/vdso',
  'memory/reservation',
  'files/regular',
  'files/deleted-mapped',
  'files/fifo',
  'files/locks',
  'files/signalfd',
  'sharing/by-fork',
  'sharing/by-message',
  'sockets/unix-loop',
  'plain/pipes',
  'plain/ghost',
  'plain/unix',
  'plain/epoll',
  'plain/timers',
  'plain/shared',
  'plain/terminal',
  'real/buffer',
  'real/pipeline',
];
/** What it does not keep before 4.2: children stopped by SIGTSTP, options of TCP sockets. */
const EXCHANGED_LATER = ['tasks/stopped', 'sockets/tcp-listening'];

const peer: Driver = {
  name: 'peer',
  async dump(pid, imagesDir) {
    await mkdir(imagesDir);
    await run(peerPath(), ['dump', '-t', `${pid}`, '-D', imagesDir, '-v1', '--file-locks'], LIMIT);
  },
  async restore(imagesDir) {
    await run(peerPath(), ['restore', '-d', '-D', imagesDir, '-v1', '--file-locks'], LIMIT);
  },
};

/** What another tool wrote has no stasis.img. */
const unsealed: Driver = {
  ...library,
  async restore(imagesDir) {
    const { code, stderr } = await stasis('restore', '-D', imagesDir, '--detach', '--accept-unsealed');
    if (code !== 0) throw new Error(stderr);
  },
};

function peerPath(): string {
  return process.env['STASIS_PEER'] as string;
}

function peerSays(...words: string[]): string {
  return existsSync(peerPath() ?? '') ? execFileSync(peerPath(), words, { encoding: 'utf8' }) : '';
}

/** As in e2e/programs.test.ts. */
const only = process.env['STASIS_PROGRAMS']?.split(',') ?? [''];

/** As `Version: 3.17.1`. */
const version = Number.parseFloat(/^Version: (.*)$/m.exec(peerSays('--version'))?.[1] ?? 'NaN');

const exchanged = programs
  .filter(({ name }) => EXCHANGED.includes(name) || EXCHANGED_LATER.includes(name))
  .filter(({ name }) => only.some((part) => name.includes(part)));

/** Why a program is not exchanged here, or undefined. */
function absent(program: Program): string | undefined {
  if (EXCHANGED_LATER.includes(program.name) && !(version >= 4.2)) return `CRIU ${version} does not keep it`;
  return lacking(program);
}

for (const [title, from, to] of [
  ['CRIU restores what we dump', library, peer],
  ['we restore what CRIU dumps', peer, unsealed],
] as const) {
  for (const program of exchanged) {
    needing({ root: true, tool: 'STASIS_PEER', also: () => absent(program) })(`${title}: ${program.name}`, async (t) => {
      await queue.add(async () => {
        t.timeout(300_000); // from its turn on
        await alone(t, program.alone);
        await buildPrograms([program]);
        const images = join(scratch(t), 'images');
        const session = Session.start(program, { orphan: true });
        try {
          t.is(await session.first(), 'ready');
          await dumpGone(from, session.pid, images);
          await to.restore(images);
          t.regex(await session.go(), /^ok 1/);
        } finally {
          await session.end();
          await killTree(session.pid);
        }
      });
    });
  }
}
