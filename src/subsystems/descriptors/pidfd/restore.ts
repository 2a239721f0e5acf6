// SPDX-License-Identifier: GPL-2.0-only
import { O_EXCL } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';

/** pidfd_open(2): by the task that holds it first, when all processes of the tree are there, zombies too. PIDFD_THREAD is O_EXCL (6.9). */
export const pidfdKind: DescriptorKind = {
  late: true,
  alone: () => true,
  create({ root, pool, model, makers }, file, at) {
    if (!file.pidfd) throw wrong('files.img', `file ${file.id} is a pidfd without pidfd`);
    const { nspid, flags } = file.pidfd;
    if (!model.byPid.has(nspid)) throw wrong('files.img', `pidfd ${file.id} is of process ${nspid}, which is not in the images`);
    if (!makers.ownerOf(file.id))
      throw wrong('files.img', `pidfd ${file.id} is in flight, and cannot be made before process ${nspid}`);
    const why = `pidfd ${file.id}: open, of process ${nspid}`;
    const made = root.call('pidfd_open', [nspid, flags & O_EXCL], { why, save: true });
    pool.place(root, made, at, why);
    setStatus(root, at, flags, `pidfd ${file.id}`);
  },
};
