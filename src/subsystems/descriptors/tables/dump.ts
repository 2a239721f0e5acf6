// SPDX-License-Identifier: GPL-2.0-only
import type { DumpSubsystem } from '../../dump-side.js';
import { fileType } from '../../kinds.js';
import { tableId } from './table-id.js';

const FD_CLOEXEC = 1;

/** Descriptor tables: fdinfo-N.img for each, N being the files_id of the tasks that use it. */
export const descriptorsDump: DumpSubsystem = {
  name: 'descriptors',
  translate(facts, images) {
    for (const task of facts.living) {
      if (task.filesSharedWith) continue;
      const id = tableId(task);
      images.touch('FDINFO', id);
      for (const { fd, cloexec, description } of task.fds) {
        const found = facts.description(description);
        const type = found && fileType(found);
        if (type === undefined)
          throw new TypeError(`fd ${fd} of pid ${task.pid} is of kind ${found?.kind}, which should have been refused`);
        images.add('FDINFO', { id: description, flags: cloexec ? FD_CLOEXEC : 0, type, fd }, { id });
      }
    }
  },
};
