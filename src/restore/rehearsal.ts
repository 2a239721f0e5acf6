// SPDX-License-Identifier: GPL-2.0-only
import { resolve } from 'node:path';
import { nativeApi } from '../native/api.js';
import type { NativeApi } from '../native/contract.js';
import { runStages, type Stage } from '../stages/run.js';
import { locksRestore } from '../subsystems/files/locks/restore.js';
import { RESTORE_SUBSYSTEMS } from '../subsystems/registry-restore.js';
import { UndoLog } from '../undo/log.js';
import type { RestoreState } from './context.js';
import { restoreFailure } from './failure.js';
import { closeAll, prepare } from './prepare.js';
import { notRehearsed, prepareScene } from './scene.js';
import { compiledOf, fillStage, parkStage, sessionOf, startStage } from './stages.js';
import type { PlanOptions } from './types.js';

export interface RehearsalOptions extends PlanOptions {
  /** An empty folder for what the scene is made of. */
  readonly scene: string;
}

export interface RehearsalReport {
  readonly imagesDir: string;
  /** What of the tree was left out, or made otherwise than a restore would, in words. */
  readonly notRehearsed: readonly string[];
}

/** The frozen tree has the locks, and its files are those that the rehearsal has open. */
const SUBSYSTEMS = RESTORE_SUBSYSTEMS.filter((subsystem) => subsystem !== locksRestore);

/** As a restore's, but for what others have left: that is not here. */
const prepareStage: Stage<RestoreState> = {
  name: 'prepare',
  async run(state) {
    state.compiled = await prepare(state.options, state.native, state.subsystems, 'host', state.held);
  },
};

/** Everybody waits for the takeover, which is where it ends. */
const endStage: Stage<RestoreState> = {
  name: 'end',
  needs: ['park'],
  run: (state) => sessionOf(state).abort(),
};

/**
 * Restores a tree up to the last barrier, and ends it. To be called in PID, mount, network and IPC namespaces of its own,
 * which this changes and whose end takes everything back. Rejects with a StasisError.
 */
export async function rehearse(options: RehearsalOptions, native: NativeApi = nativeApi()): Promise<RehearsalReport> {
  const imagesDir = resolve(options.imagesDir);
  const state: RestoreState = {
    // They were written a moment ago, by us.
    options: { ...options, imagesDir, trustImages: true },
    native,
    subsystems: SUBSYSTEMS,
    imagesDir,
    held: [],
    // What it changes goes with its namespaces: nobody has to know.
    undo: new UndoLog('restore', imagesDir, { lockFile: () => -1 }),
    pidfile: undefined,
    running: false,
    pagesBytes: 0,
  };
  try {
    const { plan } = await prepare(state.options, native, SUBSYSTEMS, 'none', state.held);
    prepareScene(plan, resolve(options.scene));
    await runStages([prepareStage, startStage, fillStage, parkStage, endStage], state, {});
    return { imagesDir, notRehearsed: notRehearsed(compiledOf(state).plan) };
  } catch (error) {
    throw restoreFailure(error, state.compiled?.arena);
  } finally {
    closeAll(state.held);
  }
}
