// SPDX-License-Identifier: GPL-2.0-only
import { wrong } from '../../../model/images.js';
import type { DescriptorKind } from '../tables/kind.js';
import { setStatus } from '../tables/status.js';

/** signalfd(2). It reads the signals of whoever reads it, so it may be made by any task. */
export const signalfdKind: DescriptorKind = {
  alone: () => true,
  create({ root, pool }, file, at) {
    if (!file.sgfd) throw wrong('files.img', `file ${file.id} is a signalfd without sgfd`);
    const { sigmask, flags } = file.sgfd;
    const why = `signalfd ${file.id}: create`;
    const made = root.call('signalfd4', [-1, root.words([sigmask]), 8, 0], { why, save: true });
    pool.place(root, made, at, why);
    setStatus(root, at, flags, `signalfd ${file.id}`);
  },
};
