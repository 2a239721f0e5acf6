// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, TimerfdEntry } from '../../../images/generated/messages.js';
import { big } from '../../../images/wire/u64.js';
import { wrong } from '../../../model/images.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import { clockNow } from './clock.js';

const NS = 1_000_000_000n;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
/** _IOW('T', 0, __u64), 3.17. */
const TFD_IOC_SET_TICKS = 0x40085400;

/**
 * timerfd(2). Images hold what is left of the timer, so time stands still for it between dump and restore, whatever its
 * clock; it is armed when everything else is ready. An absolute one is due as much later as the restore began after the
 * dump, and thus never before the time it was set to.
 */
export const timerfdKind: DescriptorKind = {
  alone: () => true,
  create({ root, pool }, file, at) {
    const { clockid, flags } = entryOf(file);
    const why = `timerfd ${file.id}: create`;
    const made = root.call('timerfd_create', [clockid, 0], { why, save: true });
    pool.place(root, made, at, why);
    setStatus(root, at, flags, `timerfd ${file.id}`);
  },
  arm({ strand }, file, fd) {
    const timer = entryOf(file);
    const { vsec, vnsec, isec, insec, ticks } = timer;
    const period = big(isec) * NS + big(insec);
    let value = big(vsec) * NS + big(vnsec);
    // A periodic timer that has expired unread rests until it is read; images may show it as if it were not armed.
    if (value === 0n && ticks > 0) value = period;
    let flags = 0;
    if (value > 0n && timer.settime_flags & TFD_TIMER_ABSTIME) {
      flags = timer.settime_flags & (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
      value += clockNow(timer.clockid);
    }
    if (value > 0n || period > 0n) {
      const setting = strand.words([isec, insec, value / NS, value % NS]);
      strand.call('timerfd_settime', [fd, flags, setting, 0], { why: `timerfd ${file.id}: arm` });
    }
    if (ticks) {
      strand.call('ioctl', [fd, TFD_IOC_SET_TICKS, strand.words([ticks])], {
        why: `timerfd ${file.id}: ${ticks} expirations to be read`,
      });
    }
  },
};

function entryOf(file: FileEntry): TimerfdEntry {
  if (!file.tfd) throw wrong('files.img', `file ${file.id} is a timerfd without tfd`);
  return file.tfd;
}
