// SPDX-License-Identifier: GPL-2.0-only
import type { DumpSubsystem } from '../dump-side.js';

/** Resource limits. */
export const limitsDump: DumpSubsystem = {
  name: 'limits',
  translate(facts, images) {
    for (const task of facts.living) {
      images.core(task.pid).tc.rlimits = { rlimits: task.limits.map(({ soft, hard }) => ({ cur: soft, max: hard })) };
    }
  },
};
