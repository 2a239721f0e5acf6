// SPDX-License-Identifier: GPL-2.0-only
import type { Description } from '../../../facts/generated.js';
import type { FownEntry } from '../../../images/generated/messages.js';

/** Nobody gets signals for it. */
export const NO_OWNER: FownEntry = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };

/** Who gets SIGIO and SIGURG for a description. */
export function fown({ ownerPid, ownerType, ownerSignal, ownerUid, ownerEuid }: Description): FownEntry {
  return { uid: ownerUid, euid: ownerEuid, signum: ownerSignal, pid_type: ownerType, pid: ownerPid };
}
