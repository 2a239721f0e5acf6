// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { runStages, type Stage } from '../../../src/stages/run.js';

function stage(name: string, log: string[], parts: Partial<Stage<null>> & { fails?: boolean } = {}): Stage<null> {
  return {
    name,
    ...parts,
    run() {
      log.push(name);
      if (parts.fails) throw new Error(name);
    },
    undo() {
      log.push(`-${name}`);
    },
  };
}

test('stages run in order, and their times are told', async (t) => {
  const log: string[] = [];
  const times = await runStages([stage('a', log), stage('b', log, { needs: ['a'] })], null, {});
  t.deepEqual(log, ['a', 'b']);
  t.deepEqual(
    times.map(({ stage: name }) => name),
    ['a', 'b'],
  );
});

test('a failure undoes everything that was begun, the failed one first', async (t) => {
  const log: string[] = [];
  await t.throwsAsync(runStages([stage('a', log), stage('b', log, { fails: true }), stage('c', log)], null, {}), {
    message: 'b',
  });
  t.deepEqual(log, ['a', 'b', '-b', '-a']);
});

test('an undo that fails does not keep the others from running', async (t) => {
  const log: string[] = [];
  const bad: Stage<null> = {
    name: 'bad',
    run() {},
    undo() {
      throw new Error('no way back');
    },
  };
  const error = await t.throwsAsync(runStages([stage('a', log), bad, stage('c', log, { fails: true })], null, {}), {
    message: 'c',
  });
  t.deepEqual(log, ['a', 'c', '-c', '-a']);
  t.like(error, { undone: false });
});

test('an aborted signal stops before the next stage', async (t) => {
  const log: string[] = [];
  const controller = new AbortController();
  const stages = [stage('a', log), { name: 'b', run: () => controller.abort(new Error('enough')) }, stage('c', log)];
  await t.throwsAsync(runStages(stages, null, { signal: controller.signal }), { message: 'enough' });
  t.deepEqual(log, ['a', '-a']);
});

test('a stage whose needs come later is a mistake of the pipeline', async (t) => {
  await t.throwsAsync(runStages([stage('a', [], { needs: ['b'] })], null, {}), { instanceOf: TypeError });
});

test('past the final stage a signal is too late', async (t) => {
  const controller = new AbortController();
  const ran: string[] = [];
  const stages: Stage<null>[] = [
    { name: 'a', final: true, run: () => controller.abort(new Error('too late')) },
    { name: 'b', run: () => void ran.push('b') },
  ];
  await runStages(stages, null, { signal: controller.signal });
  t.deepEqual(ran, ['b']);
});
