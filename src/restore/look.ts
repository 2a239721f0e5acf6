// SPDX-License-Identifier: GPL-2.0-only
import type { ImageDirectory } from '../images/directory.js';
import type { NativeApi } from '../native/contract.js';
import type { Standing } from '../plan/checks.js';
import { RESTORE_SUBSYSTEMS } from '../subsystems/registry-restore.js';
import type { CompiledRestore } from './compile.js';
import { closeAll, prepare } from './prepare.js';
import type { PlanOptions, RestoreOptions } from './types.js';

/**
 * Whether images could be restored here once the tree that they are of is gone: their plan, compiled and not carried out.
 * @throws StasisError as a restore would, before it began anything
 */
export async function look(
  options: PlanOptions & Pick<RestoreOptions, 'signal'>,
  native: NativeApi,
  standing: Standing,
): Promise<CompiledRestore> {
  const held: ImageDirectory[] = [];
  try {
    return await prepare(options, native, RESTORE_SUBSYSTEMS, 'standing', held, standing);
  } finally {
    closeAll(held);
  }
}
