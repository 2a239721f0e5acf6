// SPDX-License-Identifier: GPL-2.0-only
import type { ReleaseMode } from '../native/contract.js';
import type { Stage } from '../stages/run.js';
import { sessionOf } from './collect.js';
import type { DumpState } from './context.js';

/** Lets the tree go. `kill` comes after the images are on disk, `run` and `stop` as soon as everything is collected. */
export function releaseStage(mode: ReleaseMode): Stage<DumpState> {
  return {
    name: 'release',
    needs: [mode === 'kill' ? 'commit' : 'pages'],
    async run(state) {
      const { frozenUs } = await sessionOf(state).release(mode);
      state.session = undefined;
      state.frozenMs = frozenUs / 1000;
    },
  };
}
