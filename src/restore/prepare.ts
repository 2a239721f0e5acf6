// SPDX-License-Identifier: GPL-2.0-only
import { resolve } from 'node:path';
import { StasisError } from '../errors/index.js';
import { type ImageDirectory, openImages } from '../images/directory.js';
import { ImageError } from '../images/error.js';
import { assertSound } from '../images/verify/index.js';
import { Images } from '../model/images.js';
import { loadModel } from '../model/load.js';
import { checkNamespaces, hasOwnPids } from '../model/namespaces.js';
import type { Model } from '../model/types.js';
import type { NativeApi } from '../native/contract.js';
import { Checks, type Standing } from '../plan/checks.js';
import type { RestoreHost } from '../plan/tree.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';
import { checkHost } from './check-host.js';
import { checkPlan } from './check-plan.js';
import { checkRights } from './check-rights.js';
import { type CompiledRestore, compile } from './compile.js';
import { restoreHost } from './host.js';
import { Outsiders } from './outsiders.js';
import { takenIds } from './pids.js';
import type { PlanOptions, RestoreOptions } from './types.js';

/**
 * What is looked at beside the images: nothing, so that they alone decide; the host, whether it can take the tree; the same
 * for a `plan` that is only printed, of which problems become warnings; or before the kill of a dump, when the tree is still
 * `standing` and holds what it will need.
 */
export type Checking = 'none' | 'plan' | 'host' | 'standing';

/** What a dump knows that looks before it kills. */
interface Looked {
  readonly standing?: Standing;
  readonly host?: RestoreHost | undefined;
}

/** Those of a tree that stands are its own, a plan says what will be asked for, and in a namespace of its own all are free. */
const NO_IDS: ReadonlySet<number> = new Set();

/**
 * Reads the images and compiles the programs. Nothing is changed yet, on disk or elsewhere. The caller closes what is `held`
 * in the end, whether it fails or not. Whose the images are is a matter of a restore only. `known`: the host, if it was looked
 * at before.
 */
export async function prepare(
  options: PlanOptions & Pick<RestoreOptions, 'signal' | 'onProgress'>,
  native: NativeApi,
  subsystems: readonly RestoreSubsystem[],
  checking: Checking,
  held: ImageDirectory[] = [],
  { standing, host: known }: Looked = {},
): Promise<CompiledRestore> {
  const imagesDir = resolve(options.imagesDir);
  const outsiders = standing && new Outsiders(native, standing);
  const trust = options.trustImages ? 'any' : checking === 'host' ? 'refuse' : 'tell';
  const opened = openImages(imagesDir, { disk: native, acceptUnsealed: options.acceptUnsealed ?? false, trust });
  // Meanwhile, as other threads read the files.
  const [directory, host] = await Promise.all([opened, Promise.resolve(native).then((api) => known ?? restoreHost(api))]);
  held.push(directory);
  const images = new Images(directory);
  const model = asImageError(imagesDir, () => {
    // A manifest vouches for every file by checksum; without one, files of several dumps may have been mixed.
    if (!directory.manifest) assertSound(directory);
    const loaded = loadModel(images);
    checkNamespaces(loaded);
    for (const subsystem of subsystems) subsystem.load?.(loaded);
    return loaded;
  });
  const checks = new Checks(standing);
  if (checking !== 'none') {
    checkHost(model, images, host, checking === 'host' && !hasOwnPids(model) ? await taken(model, options) : NO_IDS, checks);
    asImageError(imagesDir, () => {
      for (const subsystem of subsystems) subsystem.check?.(model, checks, native);
    });
    if (checking !== 'plan') checks.finish(imagesDir);
  }
  const { shellJob = false } = options;
  checkSession(model, shellJob);
  const { findings } = checks;
  const compiled = asImageError(imagesDir, () => compile(model, images, host, subsystems, { shellJob, findings }));
  if (checking !== 'none') {
    checkPlan(compiled, checks);
    if (checks.standing) checkRights(compiled, checks);
    await outsiders?.check(model, images, new Set(compiled.plan.strands.keys()), checks);
    if (checking === 'plan') for (const problem of checks.told()) compiled.plan.warn(`a restore would fail: ${problem}`);
    else checks.finish(imagesDir);
  }
  return compiled;
}

/** Whoever is in no session of its PID namespace is in its restorer's. */
function checkSession(model: Model, shellJob: boolean): void {
  const { root } = model;
  if (!hasOwnPids(model) || root.sid !== 0 || shellJob) return;
  throw new StasisError({
    kind: 'usage',
    operation: 'restore',
    object: `pid ${root.pid} (${root.comm})`,
    cause: 'its session is one outside of its PID namespace',
    hint: '--shell-job puts it into the session of whoever restores it',
  });
}

/** Of the pids that a restore needs those that somebody has, once whoever is about to end is gone. */
function taken(
  { tasks }: Model,
  { signal, onProgress }: Pick<RestoreOptions, 'signal' | 'onProgress'>,
): Promise<ReadonlySet<number>> {
  const waiting = (tid: number): void =>
    onProgress?.({ stage: `prepare (waiting for pid ${tid} to come free)`, bytesDone: 0, bytesTotal: 0 });
  return takenIds(tasks, { signal, waiting });
}

/** Runs it; what is no error of ours is the images': neither loading nor compiling looks at anything but images: what they cannot make sense of has none. */
function asImageError<T>(imagesDir: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StasisError || error instanceof ImageError) throw error;
    throw new StasisError({
      kind: 'image',
      operation: 'make sense of',
      object: imagesDir,
      cause: error instanceof Error ? error.message : String(error),
      hint: 'an image holds values that no dump writes',
      source: error,
    });
  }
}

/** Lets go of directories that were opened. */
export function closeAll(held: readonly ImageDirectory[]): void {
  for (const directory of held) directory.close();
}
