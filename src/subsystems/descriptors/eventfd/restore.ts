// SPDX-License-Identifier: GPL-2.0-only
import { wrong } from '../../../model/images.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';

const EFD_SEMAPHORE = 1;

/** eventfd(2). */
export const eventfdKind: DescriptorKind = {
  alone: () => true,
  create({ root, pool }, file, at) {
    if (!file.efd) throw wrong('files.img', `file ${file.id} is an eventfd without efd`);
    const { counter, flags, semaphore } = file.efd;
    const why = `eventfd ${file.id}: create`;
    const made = root.call('eventfd2', [0, semaphore ? EFD_SEMAPHORE : 0], { why, save: true });
    pool.place(root, made, at, why);
    if (counter) root.call('write', [at, root.words([counter]), 8], { why: `eventfd ${file.id}: set its count to ${counter}` });
    setStatus(root, at, flags, `eventfd ${file.id}`);
  },
};
