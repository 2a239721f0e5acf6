// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import PQueue from 'p-queue';
import { verifyImages } from '../../src/images/tools.js';
import { inspect } from '../../src/index.js';
import { faults } from '../compat/crit.js';
import { alone } from '../harness/alone.js';
import { lack } from '../harness/needs.js';
import { buildPrograms } from '../programs/build.js';
import { type Program, programs } from '../programs/catalogue.js';
import { lacking } from '../programs/needs.js';
import { Session } from '../programs/session.js';
import { settledTree } from '../programs/tree.js';
import { critImages } from './lib/crit.js';
import { commandLine, type Driver, dumpAndRun, dumpGone, isRefusal, library } from './lib/driver.js';
import { keepFolder } from './lib/folder.js';
import { killTree } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/**
 * Every program of the catalogue is dumped, seen gone and restored, three times in a row, and once left running; it
 * judges itself each time, its images are verified, and crit decodes them; what is heavy takes the first way only.
 * `STASIS_PROGRAMS=memory,unix` takes those whose names contain one of the words.
 */
const queue = new PQueue({ concurrency: availableParallelism() });
const only = process.env['STASIS_PROGRAMS']?.split(',');
/** These go by the command line, the rest by the library, which spares the start of a process. */
const BY_COMMAND_LINE = ['tasks/tree', 'files/pipes', 'memory/anonymous', 'torture/survivor', 'real/buffer'];

const CRIT = '/usr/bin/crit';

const general = lack({ root: true });
const chosen = programs.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true);
if (general === undefined) await buildPrograms();
const lacks = await Promise.all(chosen.map((program) => general ?? lacking(program) ?? queue.add(() => unsupported(program))));

chosen.forEach((program, index) => {
  const driver = BY_COMMAND_LINE.includes(program.name) ? commandLine : library;
  define(`${program.name}, ${program.cycles} times in a row`, lacks[index], async (t) => {
    await alone(t, program.alone);
    await inARow(t, program, driver);
  });
  if (program.heavy) return;
  define(`${program.name}, left running`, lacks[index], async (t) => {
    await alone(t, program.alone);
    await leftRunning(t, program);
  });
});

function define(title: string, missing: string | undefined, body: (t: ExecutionContext) => Promise<void>): void {
  if (missing !== undefined) {
    test.skip(`${title} (skipped: ${missing})`, () => undefined);
    return;
  }
  test(title, async (t) => {
    await queue.add(() => {
      t.timeout(900_000); // from its turn on
      return body(t);
    });
  });
}

/** What a program finds missing that only itself can find out. */
async function unsupported(program: Program): Promise<string | undefined> {
  if (program.needs.feature === undefined) return undefined;
  const session = Session.start(program, { orphan: true });
  try {
    return /^skip: (.*)/.exec(await session.first())?.[1];
  } finally {
    await session.end();
  }
}

async function inARow(t: ExecutionContext, program: Program, driver: Driver): Promise<void> {
  const folder = scratch(t, program.heavy);
  await running(t, program, async (session) => {
    for (let round = 1; round <= program.cycles; round++) {
      const images = join(folder, `images-${round}`);
      await dumpGone(driver, session.pid, images);
      await driver.restore(images);
      t.deepEqual(await settledTree(session.pid, program.tree), program.tree, `the tree, restored for the ${round}. time`);
      judge(t, program, await session.go(), round);
    }
  });
}

/**
 * The tree goes on as if nothing had happened, can be dumped again, and its first images are good for another after it has
 * ended.
 */
async function leftRunning(t: ExecutionContext, program: Program): Promise<void> {
  const folder = scratch(t, program.heavy);
  const images = join(folder, 'images');
  await running(t, program, async (session) => {
    if (!existsSync(CRIT)) t.log('crit is not installed: it could not be asked');
    // A mere look is made without visiting any task, as a dump is that is refused.
    await inspect(session.pid);
    let bringBack = (): void => t.fail('the folder was not kept');
    await dumpAndRun(session.pid, images, () => {
      bringBack = keepFolder(session.folder);
    });
    t.deepEqual((await verifyImages(images)).problems, [], 'the images contradict each other');
    if (existsSync(CRIT)) t.deepEqual(faults(images, critImages(images)), {}, 'crit cannot decode');
    // Nothing was brought back yet: what a tool may not be able to, it may not take away either.
    t.regex(await session.go(), /^ok 1/);
    // Calls that one dump interrupts are restarted ones in the next.
    if (program.seenOnce === undefined) await dumpAndRun(session.pid, join(folder, 'between'));
    else t.log(`not dumped twice without a look at itself: ${program.seenOnce}`);
    await dumpGone(library, session.pid, join(folder, 'again'));
    await library.restore(join(folder, 'again'));
    judge(t, program, await session.go(), 2);
    await killTree(session.pid);
    bringBack();
    session.rewind(0);
    t.false(existsSync(`/proc/${session.pid}`));
    await library.restore(images);
    judge(t, program, await session.go(), 1);
  });
}

async function running(t: ExecutionContext, program: Program, work: (session: Session) => Promise<void>): Promise<void> {
  const session = Session.start(program, { orphan: true });
  try {
    t.is(await session.first(), 'ready');
    await work(session);
  } catch (thrown) {
    // What a tool may refuse, it may not get wrong.
    if (program.beyond === undefined || !isRefusal(thrown)) throw thrown;
    t.log(`refused (${program.beyond}): ${thrown instanceof Error ? thrown.message : thrown}`);
    t.pass();
  } finally {
    await session.end();
    await killTree(session.pid);
  }
}

function judge(t: ExecutionContext, program: Program, answer: string, round: number): void {
  if (answer.startsWith(`ok ${round}`)) t.pass();
  else if (program.beyond === undefined) t.fail(answer);
  else t.log(`${program.beyond}: ${answer}`);
}
