// SPDX-License-Identifier: GPL-2.0-only
import { num } from '../../../images/wire/u64.js';
import { SEEK_SET } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import { setStatus } from '../../descriptors/tables/status.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { F_SEAL_SEAL, memfdBase, memfdDescription } from './object.js';

const F_ADD_SEALS = 1033;

/** Descriptions of memfds; all of one memory lead to one object. */
export const memfdKind: DescriptorKind = {
  create(plan, file, at) {
    if (!file.memfd) throw wrong('files.img', `file ${file.id} is a memfd without memfd`);
    const { inode_id, flags, pos } = file.memfd;
    const why = `memfd ${inode_id}, file ${file.id}`;
    memfdDescription(plan, inode_id, flags, at, `${why}: open`);
    setStatus(plan.root, at, flags, why);
    if (pos) plan.root.call('lseek', [at, pos, SEEK_SET], { why: `${why}: position ${pos}` });
  },
};

/** Seals: when the memory has its content. */
export const memfdRestore: RestoreSubsystem = {
  name: 'memfd',
  task: {
    seal({ tree, task, strand }) {
      if (task !== tree.model.root) return;
      for (const { inode_id, seals, name } of tree.images.list('MEMFD_INODE')) {
        if (!seals || seals === F_SEAL_SEAL || !tree.pool.has(`memfd:${num(inode_id)}`)) continue;
        strand.call('fcntl', [memfdBase(tree, num(inode_id)), F_ADD_SEALS, seals], { why: `memfd ${inode_id} (${name}): seals` });
      }
    },
  },
};
