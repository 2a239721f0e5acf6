// SPDX-License-Identifier: GPL-2.0-only

import type { Description, Task } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';
import { O_ACCMODE, O_PATH, O_RDWR, O_WRONLY } from '../linux/fcntl.js';
import { byPath } from '../subsystems/files/regular/show.js';
import { shown } from '../subsystems/kinds.js';
import { Holders } from './holders.js';
import type { InspectedDescriptor, Refusal } from './types.js';

/** The descriptors of each task of a tree. */
export class Descriptors {
  private readonly holders: Holders;
  /** By id of the description: why a dump would refuse it. */
  private readonly refusals = new Map<number, Refusal>();

  constructor(
    private readonly facts: Facts,
    refusals: readonly Refusal[],
  ) {
    this.holders = new Holders(facts);
    for (const refusal of refusals) {
      const fd = /^fd (\d+)$/.exec(refusal.object)?.[1];
      const found = fd && facts.onHost(refusal.pid)?.fds.find((each) => each.fd === Number(fd));
      if (found) this.refusals.set(found.description, refusal);
    }
  }

  of(task: Task): InspectedDescriptor[] {
    if (task.filesSharedWith) return [];
    return task.fds.map(({ fd, cloexec, description: id }) => {
      const refusal = this.refusals.get(id);
      const description = this.facts.description(id);
      const look = { facts: this.facts, holders: this.holders, pid: task.pid };
      const show = description && shown(description, look);
      return {
        fd,
        kind: show?.kind ?? refusal?.kind ?? 'unknown',
        access: accessOf(description),
        closeOnExec: cloexec,
        detail: show?.detail ?? (description ? byPath(description, look) : ''),
        sharedWith: this.holders.others(id, { pid: task.pid, fd }),
        refused: refusal !== undefined,
      };
    });
  }
}

function accessOf(description: Description | undefined): InspectedDescriptor['access'] {
  const flags = description?.flags ?? 0;
  if (flags & O_PATH) return 'path';
  const mode = flags & O_ACCMODE;
  return mode === O_RDWR ? 'rw' : mode === O_WRONLY ? 'w' : 'r';
}
