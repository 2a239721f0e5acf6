// SPDX-License-Identifier: GPL-2.0-only
import { resolve } from 'node:path';
import { StasisError } from '../errors/index.js';
import { type ImageDirectory, openImages } from '../images/directory.js';
import { ImageError } from '../images/error.js';
import { assertSound } from '../images/verify/index.js';
import { Images } from '../model/images.js';
import { loadModel } from '../model/load.js';
import type { NativeApi } from '../native/contract.js';
import type { RestoreSubsystem } from '../subsystems/restore-side.js';
import { checkHost } from './check-host.js';
import { Checks } from './checks.js';
import { type CompiledRestore, compile } from './compile.js';
import { restoreHost } from './host.js';
import { takenIds } from './pids.js';
import type { PlanOptions, RestoreOptions } from './types.js';

/**
 * Reads the images and compiles the programs. Nothing is changed yet, on disk or elsewhere. `check`: whether this host can
 * take the tree, too, and whose the images are; without it the images alone decide. The caller closes what is `held` in the
 * end, whether it fails or not.
 */
export async function prepare(
  options: PlanOptions & Pick<RestoreOptions, 'signal'>,
  native: NativeApi,
  subsystems: readonly RestoreSubsystem[],
  check: boolean,
  held: ImageDirectory[] = [],
): Promise<CompiledRestore> {
  const imagesDir = resolve(options.imagesDir);
  const trust = options.trustImages ? 'any' : check ? 'refuse' : 'tell';
  const opened = openImages(imagesDir, { disk: native, acceptUnsealed: options.acceptUnsealed ?? false, trust });
  // Meanwhile, as other threads read the files.
  const [directory, host] = await Promise.all([opened, Promise.resolve(native).then(restoreHost)]);
  held.push(directory);
  const images = new Images(directory);
  const model = ofSense(imagesDir, () => {
    // A manifest vouches for every file by checksum; without one, files of several dumps may have been mixed.
    if (!directory.manifest) assertSound(directory);
    const loaded = loadModel(images);
    for (const subsystem of subsystems) subsystem.load?.(images, loaded);
    return loaded;
  });
  if (check) {
    const checks = new Checks();
    checkHost(model, images, host, await takenIds(model.tasks, options.signal), checks);
    for (const subsystem of subsystems) subsystem.check?.(model, checks, native);
    checks.finish(imagesDir);
  }
  return ofSense(imagesDir, () => compile(model, images, host, subsystems, { shellJob: options.shellJob ?? false }));
}

/** Neither loading nor compiling looks at anything but images: what they cannot make sense of has none. */
function ofSense<T>(imagesDir: string, work: () => T): T {
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
