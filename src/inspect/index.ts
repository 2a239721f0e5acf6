// SPDX-License-Identifier: GPL-2.0-only

import { refusalsOf } from '../dump/refusals.js';
import { checkTarget } from '../dump/target.js';
import { asStasisError } from '../errors/as-stasis-error.js';
import { checkOptions, isCount } from '../errors/check-options.js';
import { unfinished } from '../errors/unfinished.js';
import { State, type Task } from '../facts/generated.js';
import { Facts } from '../facts/tree.js';
import { nativeApi } from '../native/api.js';
import type { NativeApi } from '../native/contract.js';
import { DUMP_SUBSYSTEMS } from '../subsystems/registry-dump.js';
import { Descriptors } from './descriptors.js';
import { memoryOf } from './memory.js';
import type { InspectedTask, InspectOptions, InspectReport } from './types.js';

const STATES = new Map<State, InspectedTask['state']>([
  [State.STOPPED, 'stopped'],
  [State.ZOMBIE, 'zombie'],
]);

/**
 * The tree under `pid`, its memory and descriptors, and what a dump would refuse. The tree is stopped while it is looked
 * at from outside, as at the beginning of a dump, and runs on. Rejects with a StasisError.
 */
export async function inspect(pid: number, options: InspectOptions = {}): Promise<InspectReport> {
  checkOptions('inspect', [['pid', pid, isCount, 'the pid of a process']]);
  checkTarget(pid, 'inspect');
  return inspectWith(pid, options, nativeApi());
}

/** As {@link inspect}, with the native side given: tests put a fake in its place. */
export async function inspectWith(pid: number, { shellJob = false }: InspectOptions, native: NativeApi): Promise<InspectReport> {
  try {
    const { survey, frozenUs } = await look(pid, native);
    const facts = Facts.decode(survey, { shellJob });
    const refusals = refusalsOf(facts, DUMP_SUBSYSTEMS);
    const descriptors = new Descriptors(facts, refusals);
    return { pid, frozenMs: frozenUs / 1000, tasks: facts.tasks.map((task) => inspected(facts, task, descriptors)), refusals };
  } catch (error) {
    throw unfinished(asStasisError(error), 'dump');
  }
}

async function look(pid: number, native: NativeApi): Promise<{ readonly survey: Uint8Array; readonly frozenUs: number }> {
  const session = await native.freeze(pid, false);
  let survey: Uint8Array;
  try {
    survey = await session.survey();
  } catch (error) {
    await session.release('run');
    throw error;
  }
  return { survey, ...(await session.release('run')) };
}

function inspected(facts: Facts, task: Task, descriptors: Descriptors): InspectedTask {
  const { pid, hostPid, ppid, pgid, sid, comm, state, threads, filesSharedWith } = task;
  return {
    ...{ pid, hostPid, ppid, pgid, sid, comm },
    state: STATES.get(state) ?? 'running',
    threads: threads.length,
    memory: memoryOf(facts, task),
    descriptorsOf: filesSharedWith || null,
    descriptors: descriptors.of(task),
  };
}
