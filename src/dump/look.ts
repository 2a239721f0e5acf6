// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError } from '../errors/as-stasis-error.js';
import { StasisError } from '../errors/index.js';
import type { Stage } from '../stages/run.js';
import { factsOf } from './collect.js';
import type { DumpState } from './context.js';

const HINT = 'images that are meant for another host are written with --no-look';

/**
 * Makes a restore's plan from the images as they were written, and every check that it would make here. What fails gives the
 * tree back; of one that was let go already it is a warning. The disk writes meanwhile.
 */
export const lookStage: Stage<DumpState> = {
  name: 'look',
  needs: ['write'],
  async run(state) {
    const { native, tempDir } = state;
    const [synced, looked] = await Promise.allSettled([native.syncDirectory(tempDir), look(state)]);
    for (const end of [looked, synced]) if (end.status === 'rejected') throw end.reason;
  },
};

async function look(state: DumpState): Promise<void> {
  const { native, tempDir, options, warnings } = state;
  const { shellJob = false, signal, after = 'kill' } = options;
  try {
    // Loaded now: a dump that does not look needs none of it.
    const { look } = await import('../restore/look.js');
    const { plan } = await look(
      { imagesDir: tempDir, shellJob, ...(signal ? { signal } : {}) },
      native,
      factsOf(state),
      state.host,
    );
    const { doubt } = plan.images.directory;
    if (doubt) warnings.push(`a restore will want --trust-images: ${reason(state, doubt)}`);
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = asStasisError(thrown);
    if (after === 'kill') throw refused(state, error);
    warnings.push(`the tree could not be restored here: ${reason(state, error)}${error.hint ? ` — ${error.hint}` : ''}`);
  }
}

function refused(state: DumpState, error: StasisError): StasisError {
  const { root } = factsOf(state);
  return new StasisError({
    // Images that were written a moment ago and make no sense hold something that nobody foresaw.
    kind: error.kind === 'image' ? 'unsupported' : error.kind,
    operation: 'dump',
    object: `pid ${root.hostPid} (${root.comm})`,
    cause: `it could not be restored here: ${reason(state, error)}`,
    hint: [error.hint, HINT].filter((part) => part).join('; '),
    details: { ...error.details, pid: root.hostPid, stage: 'look' },
    source: error,
  });
}

/** Of several problems the cause names each object. */
function reason(
  { tempDir, imagesDir }: DumpState,
  { operation, object, cause }: Pick<StasisError, 'operation' | 'object' | 'cause'>,
): string {
  const what = object === tempDir ? '' : operation === 'restore' ? `${object}: ` : `cannot ${operation} ${object}: `;
  return `${what}${cause}`.replaceAll(tempDir, imagesDir);
}
