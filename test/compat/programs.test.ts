// SPDX-License-Identifier: GPL-2.0-only
import { execFile } from 'node:child_process';
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
import { programs } from '../programs/catalogue.js';
import { Session } from '../programs/session.js';

const test = needing({ root: true, tool: 'STASIS_PEER' });
const run = promisify(execFile);
/** Both sides start helpers by the dozen; what is compared is content, not time. */
const queue = new PQueue({ concurrency: 1 });

/** One of most kinds, of what CRIU 4.2 keeps whole itself. */
const EXCHANGED = [
  'tasks/tree',
  'tasks/threads',
  'tasks/stopped',
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
  'memory/stack',
  'memory/heap',
  'memory/vdso',
  'memory/reservation',
  'files/regular',
  'files/fifo',
  'files/locks',
  'sharing/by-fork',
  'sharing/by-message',
  'sockets/tcp-listening',
  'sockets/unix-loop',
  'real/buffer',
  'real/pipeline',
];

const peer: Driver = {
  name: 'peer',
  async dump(pid, imagesDir) {
    await mkdir(imagesDir);
    await run(peerPath(), ['dump', '-t', `${pid}`, '-D', imagesDir, '-v0', '--file-locks']);
  },
  async restore(imagesDir) {
    await run(peerPath(), ['restore', '-d', '-D', imagesDir, '-v0', '--file-locks']);
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

for (const [title, from, to] of [
  ['CRIU restores what we dump', library, peer],
  ['we restore what CRIU dumps', peer, unsealed],
] as const) {
  for (const program of programs.filter(({ name }) => EXCHANGED.includes(name))) {
    test(`${title}: ${program.name}`, async (t) => {
      t.timeout(300_000);
      await queue.add(async () => {
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
