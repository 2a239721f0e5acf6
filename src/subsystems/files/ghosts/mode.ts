// SPDX-License-Identifier: GPL-2.0-only
import { S_IFDIR, S_IFMT } from '../../../linux/fcntl.js';

export function isFolder({ mode }: { readonly mode: number }): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}
