// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import { Facts } from '../facts/tree.js';
import type { DumpPipeSummary, NativeDumpPipe, NativeDumpSession } from '../native/contract.js';
import { type PageJob, PageJobs } from '../pages/jobs.js';
import { type PipeJob, pumpPages } from '../pages/queue.js';
import { now } from '../stages/clock.js';
import { idle } from '../stages/idle.js';
import type { Stage } from '../stages/run.js';
import type { DumpState } from './context.js';
import { looksFirst } from './looks-first.js';
import { refusalsOf, refused } from './refusals.js';

/** Stops every thread of the tree. From here on the time is counted. */
export const freezeStage: Stage<DumpState> = {
  name: 'freeze',
  needs: ['destination'],
  async run(state) {
    state.frozenAt = now();
    const frozen = state.native.freeze(state.options.pid, true);
    // Loaded, and found out, while there is nothing else to do.
    if (looksFirst(state.options))
      import('../restore/look.js').then(
        ({ lookAhead }) => {
          state.host = lookAhead(state.native);
        },
        () => undefined,
      );
    state.session = await frozen;
  },
  async undo(state) {
    const { session, committed, options } = state;
    state.session = undefined;
    // Once its images are whole a tree that is to be killed is killed: it must not run on beside them.
    await session?.release(committed && (options.after ?? 'kill') === 'kill' ? 'kill' : 'run');
  },
};

/** Looks at everything from outside; what cannot be dumped is refused before any task is touched. */
export const surveyStage: Stage<DumpState> = {
  name: 'survey',
  needs: ['freeze'],
  async run(state) {
    const survey = sessionOf(state).survey();
    idle();
    const facts = Facts.decode(await survey, { shellJob: state.options.shellJob ?? false });
    const refusals = refusalsOf(facts, state.subsystems);
    if (refusals.length > 0) throw refused(state.options.pid, refusals);
    state.facts = facts;
  },
};

/** Asks the tasks from inside. */
export const collectStage: Stage<DumpState> = {
  name: 'collect',
  needs: ['survey'],
  async run(state) {
    const facts = factsOf(state);
    facts.complete(await sessionOf(state).collect());
    const refusals = state.subsystems.flatMap((subsystem) => [...(subsystem.refuseInner?.(facts) ?? [])]);
    if (refusals.length > 0) throw refused(state.options.pid, refusals);
  },
};

/** Moves the pages of all processes and objects to their files. */
export const pagesStage: Stage<DumpState> = {
  name: 'pages',
  needs: ['collect'],
  run: (state) => movePages(state, state.options.signal),
};

export async function movePages(state: DumpState, signal: AbortSignal | undefined): Promise<void> {
  const facts = factsOf(state);
  const jobs = new PageJobs();
  for (const subsystem of state.subsystems) subsystem.pages?.(facts, jobs);
  await pumpPages(
    jobs.list.map((job) => pipeJob(state, job)),
    { concurrency: state.options.concurrency, signal, onProgress: state.onBytes },
  );
  state.collectedAt = now();
}

function pipeJob(state: DumpState, job: PageJob): PipeJob<DumpPipeSummary> {
  return {
    pipe: pipeOf(sessionOf(state), state.tempDir, job),
    bytes: job.bytes,
    ended({ bytes, files, guards }) {
      state.files.push(...files);
      state.pagesBytes += bytes;
      if (job.kind === 'process' && guards) factsOf(state).guards.set(job.pid, guards);
    },
  };
}

function pipeOf(session: NativeDumpSession, dir: string, job: PageJob): NativeDumpPipe {
  switch (job.kind) {
    case 'process':
      return session.processPipe(job.pid, dir, job.pagemap, `pages-${job.pagesId}.img`, job.pagesId);
    case 'object':
      return session.objectPipe(job.objectId, dir, job.pagemap, `pages-${job.pagesId}.img`, job.pagesId);
    case 'ghost':
      return session.ghostPipe(job.descriptionId, job.pid, job.vmaStart, dir, job.name, job.header, job.chunks);
  }
}

export function sessionOf({ session }: DumpState): NativeDumpSession {
  if (!session) throw unreached('session');
  return session;
}

export function factsOf({ facts }: DumpState): Facts {
  if (!facts) throw unreached('facts');
  return facts;
}

function unreached(what: string): StasisError {
  return new StasisError({ kind: 'internal', operation: 'dump', object: what, cause: 'a stage ran before its time' });
}
