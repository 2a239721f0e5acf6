// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { fown } from '../../descriptors/tables/fown.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** timerfd(2): clock, what it was set with, what is left of it, expirations not yet read. */
export const timerfdDump: DumpSubsystem = {
  name: 'timerfd',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'timerfd') continue;
      const { id, flags, timerfd } = description;
      const tfd = {
        id,
        flags,
        fown: fown(description),
        clockid: timerfd.clock,
        ticks: timerfd.ticks,
        settime_flags: timerfd.settimeFlags,
        vsec: timerfd.valueSec,
        vnsec: timerfd.valueNsec,
        isec: timerfd.intervalSec,
        insec: timerfd.intervalNsec,
      };
      images.add('FILES', { type: FdTypes.TIMERFD, id, tfd });
    }
  },
};
