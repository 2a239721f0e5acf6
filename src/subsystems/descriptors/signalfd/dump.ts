// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { fown } from '../tables/fown.js';

/** signalfd(2): the signals it reads. They are pending in the tasks, not in it. */
export const signalfdDump: DumpSubsystem = {
  name: 'signalfd',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'signalfd') continue;
      const { id, flags, signalfd } = description;
      const sgfd = { id, flags, fown: fown(description), sigmask: signalfd.mask };
      images.add('FILES', { type: FdTypes.SIGNALFD, id, sgfd });
    }
  },
};
