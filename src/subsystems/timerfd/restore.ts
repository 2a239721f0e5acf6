// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../images/generated/enums.js';
import type { FileEntry, TimerfdEntry } from '../../images/generated/messages.js';
import { num } from '../../images/wire/u64.js';
import { F_SETFL } from '../../linux/fcntl.js';
import { wrong } from '../../model/images.js';
import type { DescriptorKind } from '../descriptors/kind.js';

const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
/** _IOW('T', 0, __u64), 3.17. */
const TFD_IOC_SET_TICKS = 0x40085400;

/**
 * timerfd(2). Images hold what is left of the timer, so time stands still for it between dump and restore, whatever its
 * clock; it is armed when everything else is ready.
 */
export const timerfdKind: DescriptorKind = {
  type: FdTypes.TIMERFD,
  create({ root, pool }, file, at) {
    const { clockid, flags } = entryOf(file);
    const why = `timerfd ${file.id}: create`;
    const made = root.call('timerfd_create', [clockid, 0], { why, save: true });
    pool.place(root, made, at, why);
    root.call('fcntl', [at, F_SETFL, flags], { why: `timerfd ${file.id}: status flags` });
  },
  arm({ strand }, file, fd) {
    const timer = entryOf(file);
    const { vsec, vnsec, isec, insec, ticks } = timer;
    const value = { sec: num(vsec), nsec: num(vnsec) };
    let flags = 0;
    if (value.sec || value.nsec) {
      if (timer.settime_flags & TFD_TIMER_CANCEL_ON_SET) {
        // Only an absolute timer can be cancelled by a change of the clock.
        flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
        value.sec += Math.floor(Date.now() / 1000);
      }
      const setting = strand.words([isec, insec, value.sec, value.nsec]);
      strand.call('timerfd_settime', [fd, flags, setting, 0], { why: `timerfd ${file.id}: arm` });
    }
    if (num(ticks)) {
      strand.call('ioctl', [fd, TFD_IOC_SET_TICKS, strand.words([ticks])], { why: `timerfd ${file.id}: ${ticks} expirations to be read` });
    }
  },
};

function entryOf(file: FileEntry): TimerfdEntry {
  if (!file.tfd) throw wrong('files.img', `file ${file.id} is a timerfd without tfd`);
  return file.tfd;
}
