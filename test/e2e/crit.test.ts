// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { dump } from '../../src/index.js';
import { explore } from '../compat/crit.js';
import { needing } from '../harness/needs.js';
import { buildPrograms } from '../programs/build.js';
import { programs } from '../programs/catalogue.js';
import { Session } from '../programs/session.js';
import { critImages } from './lib/crit.js';
import { killTree, processesBelow, statusOf, threadsOf } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** Debian's crit on real dumps, by its command; that it decodes all others is seen in programs.test.ts. */
const test = needing({ root: true, programs: ['crit'] });

/** Dumps a program, `look`s at its images while the original still is there to be compared. */
async function dumped(
  t: ExecutionContext,
  name: string,
  look: (images: string, pid: number, report: string) => void,
): Promise<void> {
  const program = programs.find((each) => each.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  await buildPrograms([program]);
  const session = Session.start(program, { orphan: true });
  t.teardown(async () => {
    await session.end();
    await killTree(session.pid);
  });
  t.is(await session.first(), 'ready');
  const images = join(scratch(t), 'images');
  await dump({ pid: session.pid, imagesDir: images, after: 'run' });
  look(images, session.pid, session.report);
}

for (const name of ['files/epoll', 'memory/memfd']) {
  test(`crit decode: ${name}`, (t) =>
    dumped(t, name, (images) => {
      for (const image of critImages(images)) {
        const text = execFileSync('crit', ['decode', '-i', join(images, image)], { encoding: 'utf8' });
        t.truthy(JSON.parse(text).magic, image);
      }
    }));
}

test('crit x ps shows the tree as it is', (t) =>
  dumped(t, 'tasks/tree', (images, root) => {
    const pids = processesBelow(root);
    t.true(pids.length > 5);
    const [head = '', ...lines] = explore(images, 'ps').trimEnd().split('\n');
    t.deepEqual(head.trim().split(/\s+/), ['PID', 'PGID', 'SID', 'COMM']);
    const shown = lines.map((line) => line.trim().split(/\s+/));
    const actual = pids.map((pid) => [pid, ...ids(pid)].map(String).concat(statusOf(pid, 'Name') ?? ''));
    t.deepEqual(shown.toSorted(), actual.toSorted());
    t.deepEqual(shown[0], actual[0]);
  }));

test('crit x fds, mems and rss show descriptors and memory', (t) =>
  dumped(t, 'files/regular', (images, root, report) => {
    const pids = processesBelow(root);
    const fds = explore(images, 'fds');
    const mems = explore(images, 'mems');
    const rss = explore(images, 'rss');
    for (const pid of pids) {
      const own = new RegExp(`^${pid}$`, 'm');
      t.regex(fds, own);
      t.regex(mems, own);
      t.regex(rss, own);
    }
    t.true(fds.includes(report), fds);
    t.true(fds.includes('/dev/null'), fds);
    t.true(mems.includes(readlinkSync(`/proc/${root}/exe`)), mems);
    t.regex(mems, /rw- \[stack\?\]$/m);
    t.regex(rss, /^\s+[0-9a-f]+ \/ \d+/m);
    t.is(threadsOf(pids).length, 2);
  }));

/** Process group and session. */
function ids(pid: number): number[] {
  const line = execFileSync('ps', ['-o', 'pgid=,sid=', '-p', `${pid}`], { encoding: 'utf8' });
  return line.trim().split(/\s+/).map(Number);
}
