// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { checkOptions, isCount, isPath, orNone } from '../errors/check-options.js';
import { orInterrupted } from '../errors/interrupted.js';
import type { ImageDirectory } from '../images/directory.js';
import { hasOwnPids } from '../model/namespaces.js';
import { nativeApi } from '../native/api.js';
import type { NativeApi, NativeRestoreSession } from '../native/contract.js';
import { now } from '../stages/clock.js';
import { runStages } from '../stages/run.js';
import { RESTORE_SUBSYSTEMS } from '../subsystems/registry-restore.js';
import { UndoLog } from '../undo/log.js';
import { aboutStage } from './about.js';
import type { RestoreState } from './context.js';
import { restoreFailure } from './failure.js';
import { listPlan } from './list-plan.js';
import { Pidfile } from './pidfile.js';
import { closeAll, prepare } from './prepare.js';
import { compiledOf, RESTORE_STAGES, sessionOf } from './stages.js';
import type { PlanOptions, RestoredTree, RestoreOptions, RestorePlan, RestoreReport } from './types.js';

/** Brings back the tree that `options.imagesDir` holds, wholly or not at all. Rejects with a StasisError. */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  checkOptions('restore', [
    ['imagesDir', options.imagesDir, isPath, 'the path of a directory'],
    ['pidfile', options.pidfile, orNone(isPath), 'the path of a file'],
    ['concurrency', options.concurrency, orNone(isCount), 'a number of page pipes'],
  ]);
  return restoreWith(options, nativeApi());
}

/** As {@link restore}, with the native side given: tests put a fake in its place. */
export async function restoreWith(options: RestoreOptions, native: NativeApi): Promise<RestoreReport> {
  const begin = now();
  const state = begun(options, native);
  try {
    const stages = await runStages(RESTORE_STAGES, state, {
      work: 'restore',
      signal: options.signal,
      onStage: (stage) => options.onProgress?.({ stage, bytesDone: 0, bytesTotal: 0 }),
      onNote: options.onNote,
      about: (stage) => aboutStage(stage, state),
    });
    return { ...report(state), wallMs: now() - begin, stages };
  } catch (error) {
    const { compiled } = state;
    const failed = orInterrupted(error, options.signal, 'restore', state.imagesDir);
    throw restoreFailure(failed, compiled?.arena, compiled && hasOwnPids(compiled.plan.model));
  } finally {
    closeAll(state.held);
  }
}

/** The programs that a restore would run; touches nothing. Rejects with a StasisError. */
export async function plan(options: PlanOptions): Promise<RestorePlan> {
  checkOptions('plan', [['imagesDir', options.imagesDir, isPath, 'the path of a directory']]);
  const held: ImageDirectory[] = [];
  try {
    const compiled = await prepare(options, nativeApi(), RESTORE_SUBSYSTEMS, 'plan', held);
    const { doubt } = compiled.plan.images.directory;
    if (doubt) compiled.plan.warn(`a restore would be refused: ${doubt.message}`);
    return listPlan(resolve(options.imagesDir), compiled);
  } catch (error) {
    throw restoreFailure(error, undefined);
  } finally {
    closeAll(held);
  }
}

function begun(options: RestoreOptions, native: NativeApi): RestoreState {
  const { onProgress } = options;
  const imagesDir = resolve(options.imagesDir);
  const undo = new UndoLog('restore', imagesDir, native);
  return {
    options,
    native,
    subsystems: RESTORE_SUBSYSTEMS,
    imagesDir,
    held: [],
    undo,
    pidfile: options.pidfile === undefined ? undefined : new Pidfile(options.pidfile, undo),
    running: false,
    pagesBytes: 0,
    onBytes: onProgress && ((bytesDone, bytesTotal) => onProgress({ stage: 'pages', bytesDone, bytesTotal })),
  };
}

function report(state: RestoreState): Omit<RestoreReport, 'wallMs' | 'stages'> {
  const { plan } = compiledOf(state);
  const { tasks, root } = plan.model;
  const { directory } = plan.images;
  return {
    pid: state.rootPid ?? root.pid,
    imagesDir: state.imagesDir,
    tasks: tasks.length,
    threads: tasks.reduce((sum, { threads }) => sum + threads.length, 0),
    pagesBytes: state.pagesBytes,
    imageBytes: directory.names().reduce((sum, name) => sum + (directory.size(name) ?? 0), 0),
    warnings: plan.warnings,
    tree: state.options.detach ? null : handle(sessionOf(state)),
  };
}

function handle(session: NativeRestoreSession): RestoredTree {
  return {
    async wait() {
      const { code, signal } = await session.wait();
      return { code: code ?? null, signal: signal ?? null };
    },
    kill(signal) {
      session.signal(constants.signals[signal]);
    },
  };
}
