// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { O_RDWR } from '../../../linux/fcntl.js';
import { fown, NO_OWNER } from '../../descriptors/tables/fown.js';
import type { DumpSubsystem } from '../../dump-side.js';

/** memfd_create(2): the memory, and each description of it. Its pages are the memory subsystem's, under the object's id. */
export const memfdDump: DumpSubsystem = {
  name: 'memfd',
  *refuse(facts) {
    for (const { memfd, huge, pid, fd, name, attributes } of facts.survey.memoryObjects) {
      if (!memfd) continue;
      const object = fd >= 0 ? `fd ${fd}` : `memfd ${name}`;
      if (attributes.length > 0)
        yield facts.refusal(pid, {
          object,
          kind: 'memfd with extended attributes',
          cause: `it has ${attributes.join(', ')}, which cannot be brought back yet`,
        });
      if (!huge) continue;
      yield facts.refusal(pid, { object, kind: 'memfd of huge pages', cause: 'memory of hugetlbfs cannot be brought back yet' });
    }
  },
  translate(facts, images) {
    for (const object of facts.survey.memoryObjects) {
      if (!object.memfd) continue;
      const { id, name, uid, gid, size, seals, mode } = object;
      images.add('MEMFD_INODE', { name, uid, gid, size, shmid: id, seals, inode_id: id, mode });
    }
    for (const description of facts.survey.descriptions) {
      if (description.kind !== 'memfd') continue;
      const { id, flags, pos, memfd } = description;
      images.add('FILES', {
        type: FdTypes.MEMFD,
        id,
        memfd: { id, flags, pos, fown: fown(description), inode_id: memfd.memoryObject },
      });
    }
    for (const [object, id] of facts.files.memfdMappings()) {
      images.add('FILES', { type: FdTypes.MEMFD, id, memfd: { id, flags: O_RDWR, pos: 0, fown: NO_OWNER, inode_id: object } });
    }
  },
};
