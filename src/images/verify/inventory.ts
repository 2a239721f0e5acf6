// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import type { Findings } from './findings.js';

/** Version 1.1: images begin with a common word. */
const IMAGES_V1_1 = 2;

export function checkInventory(images: ImageDirectory, findings: Findings): void {
  const name = 'inventory.img';
  const inventory = findings.attempt(() => images.one('INVENTORY'));
  if (inventory === undefined) return;
  const { img_version, fdinfo_per_id } = inventory;
  findings.expect(img_version === IMAGES_V1_1, name, `image version ${img_version} is not known, only ${IMAGES_V1_1}`);
  findings.expect(fdinfo_per_id === true, name, 'descriptor tables are not stored by id, as CRIU has done since 1.0');
}
