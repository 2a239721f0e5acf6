// SPDX-License-Identifier: GPL-2.0-only
import { type EncodedImage, ImageSet } from '../images/image-set.js';
import { encodeManifest, MANIFEST } from '../images/manifest.js';
import { now } from '../stages/clock.js';
import type { Stage } from '../stages/run.js';
import { turn } from '../stages/wait.js';
import { version } from '../version.js';
import { factsOf } from './collect.js';
import type { DumpState } from './context.js';
import { aboutOf } from './manifest-about.js';

/** Bytes of images that are encoded before they go to their files, and JavaScript sees to the page pipes. */
const LOT = 256 << 10;

/** For so long the page pipes may wait for JavaScript. */
const TURN_MS = 3;

/** Translates facts into images and writes them, the manifest last; nothing is asked of the tasks any more. */
export const writeStage: Stage<DumpState> = {
  name: 'write',
  needs: ['pages'],
  async run(state) {
    const images = state.images ?? (await writeEarly(state));
    await writeAll(state, images.encodedLate());
    const manifest = encodeManifest(state.files, aboutOf(factsOf(state), version));
    await writeLot(state, [{ name: MANIFEST, bytes: manifest }]);
  },
};

/** Writes all images but the late ones, which wait for what the page pipes find. */
export async function writeEarly(state: DumpState): Promise<ImageSet> {
  const facts = factsOf(state);
  const images = new ImageSet(facts.survey.host?.machine ?? '');
  let begun = now();
  for (const subsystem of state.subsystems) {
    subsystem.translate(facts, images);
    if (now() - begun < TURN_MS) continue;
    await turn();
    begun = now();
  }
  await writeAll(state, images.encoded());
  return images;
}

/** All is on disk, then the directory gets its name. */
export const commitStage: Stage<DumpState> = {
  name: 'commit',
  needs: ['write'],
  // A target that is to be killed is killed now: it must not run on beside images that could bring it back.
  final: true,
  async run(state) {
    // What was begun is not broken off any more: from the first rename on the images count.
    await state.native.commitDirectory(state.tempDir, state.imagesDir, state.files);
    state.committed = true;
    state.undo.keep();
  },
};

/** Each lot is written while the next is encoded. */
async function writeAll(state: DumpState, images: Iterable<EncodedImage>): Promise<void> {
  let lot: EncodedImage[] = [];
  let bytes = 0;
  let written = Promise.resolve();
  for (const image of images) {
    lot.push(image);
    bytes += image.bytes.length;
    if (bytes < LOT) continue;
    await written;
    written = writeLot(state, lot);
    // It is waited for above; should encoding fail before that, the one error is enough.
    written.catch(() => undefined);
    lot = [];
    bytes = 0;
  }
  await written;
  if (lot.length > 0) await writeLot(state, lot);
}

async function writeLot({ native, tempDir, files }: DumpState, lot: readonly EncodedImage[]): Promise<void> {
  const names = lot.map(({ name }) => name);
  const sums = await native.writeImages(
    tempDir,
    names,
    lot.map(({ bytes }) => bytes),
  );
  sums.forEach(({ size, crc32 }, i) => {
    files.push({ name: names[i] as string, size, crc32 });
  });
}
