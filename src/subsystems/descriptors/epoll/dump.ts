// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { num } from '../../../images/wire/u64.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { fown } from '../tables/fown.js';

/**
 * epoll(7). A target is known by its description and the number it had when it was added; the number may be closed or
 * mean something else by now, so the description goes into a field of our own.
 */
export const epollDump: DumpSubsystem = {
  name: 'epoll',
  *refuse(facts) {
    for (const { kind, epoll, pid, fd } of facts.survey.descriptions) {
      if (kind !== 'epoll') continue;
      for (const target of epoll.targets) {
        if (target.description > 0) continue;
        yield facts.refusal(pid, {
          fd,
          kind: 'epoll target',
          cause: `it watches what was fd ${target.fd}, which no task of the tree has open any more`,
          hint: 'the process that holds the watched file must be part of the tree',
        });
      }
    }
  },
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'epoll') continue;
      const { id, flags, epoll } = description;
      const polling = epoll.busyPolling.length > 0 ? { busy_polling: epoll.busyPolling } : {};
      const tfd = epoll.targets.map((target) => {
        const file = facts.description(target.description)?.file;
        return {
          id,
          tfd: target.fd,
          events: target.events,
          data: target.data,
          file_id: target.description,
          ...(file ? { dev: num(file.dev), inode: file.ino, pos: 0 } : {}),
        };
      });
      images.add('FILES', { type: FdTypes.EVENTPOLL, id, epfd: { id, flags, fown: fown(description), tfd, ...polling } });
    }
  },
};
