// SPDX-License-Identifier: GPL-2.0-only
import type { ImageDirectory } from '../images/directory.js';
import type { NativeApi } from '../native/contract.js';
import type { Standing } from '../plan/checks.js';
import type { RestoreHost } from '../plan/tree.js';
import { RESTORE_SUBSYSTEMS } from '../subsystems/registry-restore.js';
import type { CompiledRestore } from './compile.js';
import { restoreHost } from './host.js';
import { closeAll, prepare } from './prepare.js';
import type { PlanOptions, RestoreOptions } from './types.js';

/** What the look has to know of us and of the kernel, which the tree changes nothing of: found out when there is nothing else to do. */
export function lookAhead(native: NativeApi): RestoreHost | undefined {
  try {
    return restoreHost(native);
  } catch {
    // The look itself tells.
    return undefined;
  }
}

/**
 * Whether images could be restored here once the tree that they are of is gone: their plan, compiled and not carried out.
 * @throws StasisError as a restore would, before it began anything
 */
export async function look(
  options: PlanOptions & Pick<RestoreOptions, 'signal'>,
  native: NativeApi,
  standing: Standing,
  host?: RestoreHost,
): Promise<CompiledRestore> {
  const held: ImageDirectory[] = [];
  try {
    return await prepare(options, native, RESTORE_SUBSYSTEMS, 'standing', held, { standing, host });
  } finally {
    closeAll(held);
  }
}
