// SPDX-License-Identifier: GPL-2.0-only

import { FdTypes } from '../../../images/generated/enums.js';
import { bytes } from '../../../text/units.js';
import { defineKind } from '../../descriptors/tables/kind.js';
import { pathOf } from '../../files/regular/show.js';
import { words } from '../../show-side.js';
import { memfdDump } from './dump.js';
import { memfdKind } from './restore.js';

/** memfd_create(2). */
export const memfd = defineKind({
  type: FdTypes.MEMFD,
  entry: 'memfd',
  dump: memfdDump,
  restore: memfdKind,
  show: {
    memfd: {
      name: () => 'memfd',
      detail(description, { facts }) {
        const object = facts.memoryObject(description.memfd.memoryObject);
        if (!object) return pathOf(description);
        return words(object.memfd ? object.name : pathOf(description), bytes(Number(object.size)));
      },
    },
  },
});
