// SPDX-License-Identifier: GPL-2.0-only
import type { Stage } from '../stages/run.js';
import { movePages } from './collect.js';
import type { DumpState } from './context.js';
import { writeEarly } from './write.js';

/**
 * Moves the pages, and writes the images meanwhile. Only for a tree that waits for its end anyway: one that is to run on
 * gets both processors for its pages first.
 */
export const pagesAndImagesStage: Stage<DumpState> = {
  name: 'pages',
  needs: ['collect'],
  async run(state) {
    const failed = new AbortController();
    const { signal = failed.signal } = state.options;
    const pages = movePages(state, AbortSignal.any([signal, failed.signal]));
    const writeImages = async (): Promise<void> => {
      try {
        state.images = await writeEarly(state);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    };
    // Whatever fails: what is taken back must not be written to any more.
    const ends = await Promise.allSettled([writeImages(), pages]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  },
};
