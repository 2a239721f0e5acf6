// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../../../images/generated/messages.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import type { TreePlan } from '../../../plan/tree.js';
import { isTerminalPath } from '../../descriptors/tty/model.js';
import { isRemapped } from '../ghosts/model.js';
import { ghostPath } from '../ghosts/restore.js';

/** Where a file of files.img can be opened while the tree is made: a deleted one has a name for the moment. */
export function pathOf(plan: TreePlan, id: number): string | Uint8Array {
  const reg = plan.model.files.get(id)?.reg;
  if (!reg) throw wrong('files.img', `file ${id} should have a path`);
  return ghostPath(plan, id) ?? reg.raw_name ?? reg.name;
}

/** Not to be found on the host before the restore. */
export function isMadeAnew(model: Model, { id }: FileEntry): boolean {
  return isRemapped(model, id) || isTerminalPath(model, id);
}
