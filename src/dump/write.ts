// SPDX-License-Identifier: GPL-2.0-only
import { encodeManifest, MANIFEST } from '../images/manifest.js';
import type { Stage } from '../stages/run.js';
import { version } from '../version.js';
import { factsOf } from './collect.js';
import type { DumpState } from './context.js';
import { ImageSet } from './image-set.js';
import { aboutOf } from './manifest-about.js';

/** Translates facts into images and writes them; nothing is asked of the tasks any more. */
export const writeStage: Stage<DumpState> = {
  name: 'write',
  needs: ['pages'],
  async run(state) {
    const facts = factsOf(state);
    const images = new ImageSet(facts.survey.host?.machine ?? '');
    for (const subsystem of state.subsystems) subsystem.translate(facts, images);
    await writeAll(state, images.encode());
  },
};

/** The manifest comes last, then the directory gets its name: a directory without is not one of ours. */
export const commitStage: Stage<DumpState> = {
  name: 'commit',
  needs: ['write'],
  // A target that is to be killed is killed now: it must not run on beside images that could bring it back.
  final: true,
  async run(state) {
    const manifest = encodeManifest(state.files, aboutOf(factsOf(state), version));
    await writeAll(state, { names: [MANIFEST], buffers: [manifest] });
    // What was begun is not broken off any more: from the first rename on the images count.
    await state.native.commitDirectory(state.tempDir, state.imagesDir);
    state.committed = true;
  },
};

async function writeAll(
  { native, tempDir, files }: DumpState,
  { names, buffers }: { names: string[]; buffers: Uint8Array[] },
): Promise<void> {
  const sums = await native.writeImages(tempDir, names, buffers);
  sums.forEach(({ size, crc32 }, i) => {
    files.push({ name: names[i] as string, size, crc32 });
  });
}
