// SPDX-License-Identifier: GPL-2.0-only
import type { Limit } from '../../../facts/generated.js';
import type { TaskRlimitsEntry } from '../../../images/generated/messages.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** Resource limits. */
export const limitsDump: DumpSubsystem = {
  name: 'limits',
  translate(facts, images) {
    // Equal limits are one list, and so become one message.
    const known = new Map<readonly Limit[], TaskRlimitsEntry>();
    for (const { pid, limits } of facts.living) {
      const entry = known.get(limits) ?? { rlimits: limits.map(({ soft, hard }) => ({ cur: soft, max: hard })) };
      known.set(limits, entry);
      images.core(pid).tc.rlimits = entry;
    }
  },
};
