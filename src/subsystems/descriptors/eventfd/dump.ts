// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { fown } from '../tables/fown.js';

/** eventfd(2): count and mode. CRIU's entry has no place for the semaphore mode, an own field does. */
export const eventfdDump: DumpSubsystem = {
  name: 'eventfd',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'eventfd') continue;
      const { id, flags } = description;
      const { count, semaphore } = description.eventfd;
      const efd = { id, flags, fown: fown(description), counter: count, ...(semaphore ? { semaphore } : {}) };
      images.add('FILES', { type: FdTypes.EVENTFD, id, efd });
    }
  },
};
