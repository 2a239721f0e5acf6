// SPDX-License-Identifier: GPL-2.0-only
import { resolve } from 'node:path';
import { asStasisError } from '../errors/as-stasis-error.js';
import { checkOptions, isCount, isPath, orNone } from '../errors/check-options.js';
import { orInterrupted } from '../errors/interrupted.js';
import { unfinished } from '../errors/unfinished.js';
import { nativeApi } from '../native/api.js';
import type { NativeApi } from '../native/contract.js';
import { now } from '../stages/clock.js';
import { runStages, type Stage } from '../stages/run.js';
import { DUMP_SUBSYSTEMS } from '../subsystems/registry-dump.js';
import { UndoLog } from '../undo/log.js';
import { aboutStage } from './about.js';
import { collectStage, factsOf, freezeStage, pagesStage, surveyStage } from './collect.js';
import type { DumpState } from './context.js';
import { destinationStage, inDirectory, tempDirOf } from './destination.js';
import { lookStage } from './look.js';
import { looksFirst } from './looks-first.js';
import { rehearseStage } from './rehearse.js';
import { releaseStage } from './release.js';
import { checkTarget } from './target.js';
import { pagesAndImagesStage } from './together.js';
import type { DumpOptions, DumpReport } from './types.js';
import { commitStage, writeStage } from './write.js';

/** Checkpoints the tree under `options.pid` into `options.imagesDir`. Rejects with a StasisError. */
export async function dump(options: DumpOptions): Promise<DumpReport> {
  checkOptions('dump', [
    ['pid', options.pid, isCount, 'the pid of a process'],
    ['imagesDir', options.imagesDir, isPath, 'the path of a directory'],
    ['after', options.after, orNone((after) => after === 'kill' || after === 'run' || after === 'stop'), 'kill, run or stop'],
    ['concurrency', options.concurrency, orNone(isCount), 'a number of page pipes'],
  ]);
  checkTarget(options.pid, 'dump');
  return dumpWith(options, nativeApi());
}

/** As {@link dump}, with the native side given: tests put a fake in its place. */
export async function dumpWith(options: DumpOptions, native: NativeApi): Promise<DumpReport> {
  const begin = now();
  const state = begun(options, native);
  try {
    const stages = await runStages(stagesFor(options), state, {
      work: 'dump',
      signal: options.signal,
      onStage: (stage) => options.onProgress?.({ stage, bytesDone: 0, bytesTotal: 0 }),
      onNote: options.onNote,
      about: (stage) => aboutStage(stage, state),
    });
    return { ...report(state), wallMs: now() - begin, stages };
  } catch (error) {
    const told = asStasisError(orInterrupted(error, options.signal, 'dump', `pid ${options.pid}`));
    throw unfinished(inDirectory(told, state.imagesDir), 'dump');
  }
}

/**
 * Nothing that can wait happens while the tree is frozen; but a tree that is to be killed waits until its images are
 * safe, as nothing could be given back afterwards.
 */
function stagesFor(options: DumpOptions): readonly Stage<DumpState>[] {
  const { after = 'kill', rehearse } = options;
  const collect = [destinationStage, freezeStage, surveyStage, collectStage];
  const write = [
    writeStage,
    ...(looksFirst(options) ? [lookStage] : []),
    ...(rehearse && after === 'kill' ? [rehearseStage] : []),
    commitStage,
  ];
  return after === 'kill'
    ? [...collect, pagesAndImagesStage, ...write, releaseStage('kill')]
    : [...collect, pagesStage, releaseStage(after), ...write];
}

function begun(options: DumpOptions, native: NativeApi): DumpState {
  const imagesDir = resolve(options.imagesDir);
  const { onProgress } = options;
  return {
    options,
    native,
    subsystems: DUMP_SUBSYSTEMS,
    imagesDir,
    tempDir: tempDirOf(imagesDir),
    undo: new UndoLog('dump', `pid ${options.pid}`, native),
    committed: false,
    files: [],
    warnings: [],
    pagesBytes: 0,
    frozenMs: 0,
    frozenAt: 0,
    collectedAt: 0,
    onBytes: onProgress && ((bytesDone, bytesTotal) => onProgress({ stage: 'pages', bytesDone, bytesTotal })),
  };
}

function report(state: DumpState): Omit<DumpReport, 'wallMs' | 'stages'> {
  const { options, imagesDir, files, pagesBytes, frozenMs, frozenAt, collectedAt, warnings } = state;
  const { tasks } = factsOf(state);
  return {
    pid: options.pid,
    imagesDir,
    after: options.after ?? 'kill',
    tasks: tasks.length,
    threads: tasks.reduce((sum, { threads }) => sum + threads.length, 0),
    pagesBytes,
    imageBytes: files.reduce((sum, { size }) => sum + size, 0),
    frozenMs,
    collectedMs: collectedAt - frozenAt,
    warnings,
    ...(state.notRehearsed === undefined ? {} : { notRehearsed: state.notRehearsed }),
  };
}
