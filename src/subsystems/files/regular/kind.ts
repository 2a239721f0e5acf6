// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { defineKind } from '../../descriptors/tables/kind.js';
import { filesDump } from './dump.js';
import { fileKind } from './restore.js';
import { byPath } from './show.js';

/** Whatever is opened by its path. Its kinds of facts are those of `isByPath`. */
export const files = defineKind({
  type: FdTypes.REG,
  entry: 'reg',
  dump: filesDump,
  restore: fileKind,
  show: {
    regular: { name: () => 'file', detail: byPath },
    directory: { name: () => 'directory', detail: byPath },
    characterDevice: { name: () => 'character device', detail: byPath },
    blockDevice: { name: () => 'block device', detail: byPath },
    symlink: { name: () => 'symbolic link', detail: byPath },
    socketFile: { name: () => 'socket file', detail: byPath },
  },
});
