// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';
import { hasOwnPids } from '../model/namespaces.js';
import type { NativeRestoreSession } from '../native/contract.js';
import { pumpPages } from '../pages/queue.js';
import type { Stage } from '../stages/run.js';
import { clearBefore } from '../undo/dead.js';
import type { CompiledRestore } from './compile.js';
import type { RestoreState } from './context.js';
import { fillJobs } from './fill.js';
import { prepare } from './prepare.js';
import { redraw } from './redraw.js';
import { takeover } from './takeover.js';

/** Reads, validates, plans. Nothing is touched before all of it has succeeded. */
const prepareStage: Stage<RestoreState> = {
  name: 'prepare',
  async run(state) {
    await clearBefore(state.native, state.options.onNote);
    state.pidfile?.check();
    state.compiled = await prepare(state.options, state.native, state.subsystems, 'host', state.held);
  },
};

/** The seed begins to run the programs; everything that it makes is taken back if a later step fails. */
export const startStage: Stage<RestoreState> = {
  name: 'start',
  needs: ['prepare'],
  async run(state) {
    const { arena, holes, parkingSize, plan } = compiledOf(state);
    state.session = await state.native.startRestore(arena.bytes, holes, {
      pid: plan.creation.first.pid,
      rootPid: plan.model.root.pid,
      pidNamespace: hasOwnPids(plan.model),
      detach: state.options.detach ?? false,
      parkingSize,
    });
    // Not before the pids are ours: another restore of the same images has failed by then.
    if (plan.movedAside.size + plan.undos.length > 0) state.undo.workers([state.session.hostPid(plan.creation.first.pid)]);
    state.undo.moveAside(plan.movedAside);
    state.undo.makes(plan.undos.map(({ path, action }) => ({ path, folder: action === 'rmdir' })));
    state.session.open(plan.claimed.index);
    await interruptible(state, (session) => session.reached(plan.mapped.index));
  },
  async undo(state) {
    if (state.running) return;
    const { session } = state;
    state.session = undefined;
    await allOf(
      () => session?.abort(),
      () => state.undo.takeBack(),
    );
  },
};

/** Pages go into the new address spaces and shared objects. */
export const fillStage: Stage<RestoreState> = {
  name: 'pages',
  needs: ['start'],
  async run(state) {
    const { plan } = compiledOf(state);
    const session = sessionOf(state);
    const { concurrency, signal } = state.options;
    const counted = (bytes: number): void => {
      state.pagesBytes += bytes;
    };
    const jobs = fillJobs(plan, session, counted);
    const filled = pumpPages(jobs, { concurrency, signal, onProgress: state.onBytes });
    // Made meanwhile, when there is nothing else to do.
    [state.takeover] = await Promise.all([takeover(plan), filled]);
    session.open(plan.filled.index);
  },
};

/** All strands do the rest of their programs and wait to be taken over. */
export const parkStage: Stage<RestoreState> = {
  name: 'park',
  needs: ['pages'],
  async run(state) {
    await interruptible(state, (session) => session.parked());
  },
};

/** Registers and signal masks; the tree runs. */
const runStage: Stage<RestoreState> = {
  name: 'run',
  needs: ['park'],
  async run(state) {
    const { plan } = compiledOf(state);
    const session = sessionOf(state);
    const root = session.hostPid(plan.model.root.pid);
    state.rootPid = root;
    state.pidfile?.write(root);
    state.undo.letsGo(root);
    try {
      await session.finish(takeoverOf(state));
      state.running = true;
    } catch (error) {
      state.running = session.isRunning();
      throw error;
    }
    if (state.options.shellJob) redraw(root);
    state.undo.keep();
  },
};

export const RESTORE_STAGES: readonly Stage<RestoreState>[] = [prepareStage, startStage, fillStage, parkStage, runStage];

/** An abort signal makes a wait for the tasks end, by ending the tasks. */
async function interruptible(state: RestoreState, work: (session: NativeRestoreSession) => Promise<void>): Promise<void> {
  const session = sessionOf(state);
  const { signal } = state.options;
  const stop = (): void => void session.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    await work(session);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Takes all steps, whichever fails, and throws the first error then. */
async function allOf(...steps: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

export function compiledOf({ compiled }: RestoreState): CompiledRestore {
  if (!compiled) throw unreached('plan');
  return compiled;
}

export function sessionOf({ session }: RestoreState): NativeRestoreSession {
  if (!session) throw unreached('session');
  return session;
}

function takeoverOf({ takeover }: RestoreState): Uint8Array {
  if (!takeover) throw unreached('takeover');
  return takeover;
}

function unreached(what: string): StasisError {
  return new StasisError({ kind: 'internal', operation: 'restore', object: what, cause: 'a stage ran before its time' });
}
