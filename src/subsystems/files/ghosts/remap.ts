// SPDX-License-Identifier: GPL-2.0-only

import type { Path } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { RemapType } from '../../../images/generated/enums.js';
import type { ImageSet } from '../../../images/image-set.js';
import { ghostsOf } from './survey.js';

/** Tells readers what stands for a file of files.img whose name is gone; nothing for files that have it. */
export function addRemap(facts: Facts, images: ImageSet, id: number, file: Path): void {
  if (!file.deleted) return;
  const ghosts = ghostsOf(facts);
  const link = ghosts.link(file);
  if (link) {
    const named = facts.files.special({ ...file, path: link, deleted: false, link: new Uint8Array(0) });
    images.add('REMAP_FPATH', { orig_id: id, remap_id: named, remap_type: RemapType.LINKED });
    return;
  }
  const ghost = ghosts.of(file);
  if (ghost) images.add('REMAP_FPATH', { orig_id: id, remap_id: ghost.id, remap_type: RemapType.GHOST });
}
