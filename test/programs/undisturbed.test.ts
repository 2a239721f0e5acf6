// SPDX-License-Identifier: GPL-2.0-only
import { availableParallelism } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import PQueue from 'p-queue';
import { buildPrograms } from './build.js';
import { type Program, programs } from './catalogue.js';
import { lacking } from './needs.js';
import { Session } from './session.js';
import { treeOf } from './tree.js';

/**
 * The programs without any dump: each must be content with its own state twice in a row, and must notice when it breaks
 * that state itself. A program whose check cannot fail would prove nothing after a restore.
 */
const queue = new PQueue({ concurrency: 2 * availableParallelism() });
const only = process.env['STASIS_PROGRAMS']?.split(',');

test.before('build', async (t) => {
  t.timeout(600_000);
  await buildPrograms();
});

for (const program of programs) {
  if (only && !only.some((part) => program.name.includes(part))) continue;
  const missing = lacking(program);
  const title = `${program.name}: ${program.proves}`;
  if (missing !== undefined) {
    test.skip(`${title} (skipped: ${missing})`, () => undefined);
    continue;
  }
  test(title, async (t) => {
    t.timeout(600_000);
    await queue.add(async () => {
      const skipped = await content(t, program);
      if (skipped === undefined) await sabotaged(t, program);
      else t.log(`not run: ${skipped}`);
    });
  });
}

async function content(t: ExecutionContext, program: Program): Promise<string | undefined> {
  const session = Session.start(program);
  try {
    const first = await session.first();
    if (first.startsWith('skip: ') && program.needs.feature !== undefined) return first;
    t.is(first, 'ready');
    t.is(JSON.stringify(treeOf(session.pid)), JSON.stringify(program.tree));
    t.is((await session.go()).slice(0, 4), 'ok 1');
    t.is((await session.go()).slice(0, 4), 'ok 2');
    return undefined;
  } finally {
    const code = await session.end();
    t.true(code === 0 || code === 77, `exit code ${code}`);
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
