// SPDX-License-Identifier: GPL-2.0-only
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import PQueue from 'p-queue';
import { dump, restore, StasisError } from '../../src/index.js';
import { alone } from '../harness/alone.js';
import { launch } from '../harness/launch.js';
import { lack, needing } from '../harness/needs.js';
import { BIN, outcomeOf } from '../harness/stasis.js';
import { buildPrograms } from '../programs/build.js';
import { type Program, programs } from '../programs/catalogue.js';
import { lacking } from '../programs/needs.js';
import { Session } from '../programs/session.js';
import { settledTree } from '../programs/tree.js';
import { isRefusal } from './lib/driver.js';
import { anyLeft, killTree, processesBelow, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/**
 * Trees with a PID namespace of their own, dumped from outside of it: the root is its init. Programs of the catalogue judge
 * themselves in which pids are told, waited for or sent; but those that look into /proc, which has the numbers of outside.
 * `STASIS_PROGRAMS=numbers,owner` takes those whose names contain one of the words.
 */
const PROGRAMS = [
  ...['tasks/numbers', 'tasks/subreaper', 'tasks/parent-death-signal', 'tasks/privileges', 'tasks/semaphores', 'signals/'],
  ...['sharing/', 'files/pipe-owner', 'files/locks', 'files/fifo', 'files/named-semaphore', 'memory/shared-anonymous'],
  ...['sockets/unix-datagrams', 'sockets/unix-in-flight', 'torture/survivor'],
];
const only = process.env['STASIS_PROGRAMS']?.split(',') ?? PROGRAMS;
const queue = new PQueue({ concurrency: availableParallelism() });
const general = lack({ root: true });
const chosen = programs.filter(({ name, heavy }) => !heavy && only.some((part) => name.includes(part)));
if (general === undefined) await buildPrograms();

for (const program of chosen) {
  const missing = general ?? lacking(program) ?? program.needs.feature;
  if (missing !== undefined) test.skip(`${program.name} (skipped: ${missing})`, () => undefined);
  else
    test(program.name, async (t) => {
      await queue.add(async () => {
        t.timeout(300_000);
        await alone(t, program.alone);
        await twice(t, program);
      });
    });
}

async function twice(t: ExecutionContext, program: Program): Promise<void> {
  const folder = scratch(t, false);
  const { processes, threads, zombies } = program.tree;
  // Its init, too.
  const tree = { processes: processes + 1, threads: threads + 1, zombies };
  const session = Session.start(program, { ownPids: true });
  try {
    t.is(await session.first(), 'ready');
    for (let round = 1; round <= 2; round++) {
      const images = join(folder, `images-${round}`);
      const before = numbersOf(session.pid);
      const pids = processesBelow(session.pid);
      await dump({ pid: session.pid, imagesDir: images });
      t.is(await anyLeft(pids), undefined);
      session.pid = (await restore({ imagesDir: images, detach: true })).pid;
      t.deepEqual(await settledTree(session.pid, tree), tree, `the tree, restored for the ${round}. time`);
      t.deepEqual(numbersOf(session.pid), before, 'numbers by its own namespace');
      const answer = await session.go();
      if (program.beyond === undefined) t.regex(answer, new RegExp(`^ok ${round}`));
      else t.log(answer);
    }
  } catch (thrown) {
    if (program.beyond === undefined || !isRefusal(thrown)) throw thrown;
    t.pass();
  } finally {
    await session.end();
    await killTree(session.pid);
  }
}

const byHand = needing({ root: true, programs: ['unshare', 'setsid'] });
byHand('whoever dumps what is around a PID namespace is told of its init', async (t) => {
  const outer = launch(['unshare', '--pid', '--fork', 'setsid', 'sleep', '1000']);
  t.teardown(() => killTree(outer));
  const init = await until('it sleeps', () => processesBelow(outer).find((pid) => statusOf(pid, 'Name') === 'sleep'));
  const imagesDir = join(scratch(t, false), 'images');
  const error = await t.throwsAsync(dump({ pid: outer, imagesDir }), { instanceOf: StasisError });
  t.is(error?.kind, 'unsupported');
  // Once for the init: that its children would be in that namespace, too, goes without saying.
  const cause = 'the task is in another one than the dumper';
  t.is(
    error?.message,
    `cannot dump pid ${outer}: it holds 2 things that are not supported: pid ${outer} (unshare): pid_for_children namespace: ${cause}; ` +
      `pid ${init} (sleep): pid namespace: ${cause} — dump pid ${init}, the init of that namespace, whose children come with it, ` +
      'or run the dump inside of that namespace',
  );
  await dump({ pid: init, imagesDir });
});

byHand('whoever would leave a tree in a PID namespace that ends with it is told so', async (t) => {
  const init = ['unshare', '--pid', '--fork', '--mount-proc'] as const;
  const { code, stderr } = await outcomeOf(...init, BIN, 'restore', '--images-dir', '/nowhere', '--detach');
  t.is(code, 2);
  t.regex(stderr, /--detach would end the tree: this command is the init of its PID namespace/);
  // Below another init, and as one that waits for the tree, it goes on to the images.
  const below = await outcomeOf(...init, 'sh', '-c', `${BIN} restore -D /nowhere --detach; exit $?`);
  t.is(below.code, 8);
  const attached = await outcomeOf(...init, BIN, 'restore', '-D', '/nowhere');
  t.is(attached.code, 125);
  t.regex(attached.stderr, /cannot read \/nowhere/);
});

/** Of each process below: pid, group and session, as the innermost of its PID namespaces has them; ascending. */
function numbersOf(root: number): string[] {
  const numbers = (pid: number) => ['NSpid', 'NSpgid', 'NSsid'].map((line) => statusOf(pid, line)?.split('\t').at(-1)).join(' ');
  return processesBelow(root).map(numbers).sort();
}
