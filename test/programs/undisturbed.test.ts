// SPDX-License-Identifier: GPL-2.0-only
import { availableParallelism } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import PQueue from 'p-queue';
import { alone } from '../harness/alone.js';
import { buildPrograms } from './build.js';
import { type Program, programs } from './catalogue.js';
import { lacking } from './needs.js';
import { Session } from './session.js';
import { settledTree } from './tree.js';

/**
 * The programs without any dump: each must be content with its own state twice in a row, and must notice when it breaks
 * that state itself. A program whose check cannot fail would prove nothing after a restore.
 */
const queue = new PQueue({ concurrency: 2 * availableParallelism() });
const only = process.env['STASIS_PROGRAMS']?.split(',');

const chosen = programs.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true);
await buildPrograms();
const lacks = await Promise.all(chosen.map((program) => lacking(program) ?? queue.add(() => unsupported(program))));

chosen.forEach((program, index) => {
  const title = `${program.name}: ${program.proves}`;
  if (lacks[index] !== undefined) {
    test.skip(`${title} (skipped: ${lacks[index]})`, () => undefined);
    return;
  }
  test(title, async (t) => {
    await queue.add(async () => {
      t.timeout(600_000); // from its turn on
      await alone(t, program.alone);
      await content(t, program);
      await sabotaged(t, program);
    });
  });
});

/** What a program finds missing that only itself can find out. */
async function unsupported(program: Program): Promise<string | undefined> {
  if (program.needs.feature === undefined) return undefined;
  const session = Session.start(program);
  try {
    return /^skip: (.*)/.exec(await session.first())?.[1];
  } finally {
    await session.end();
  }
}

async function content(t: ExecutionContext, program: Program): Promise<void> {
  const session = Session.start(program);
  try {
    t.is(await session.first(), 'ready');
    t.deepEqual(await settledTree(session.pid, program.tree), program.tree);
    t.regex(await session.go(), /^ok 1/);
    t.regex(await session.go(), /^ok 2/);
  } finally {
    t.is(await session.end(), 0);
  }
}

async function sabotaged(t: ExecutionContext, program: Program): Promise<void> {
  const session = Session.start(program, { sabotage: true });
  try {
    t.is(await session.first(), 'ready');
    const answer = await session.go();
    t.true(/^(fail 1|mismatch): /.test(answer), `its own sabotage is not noticed: ${answer}`);
  } finally {
    await session.end();
  }
}
