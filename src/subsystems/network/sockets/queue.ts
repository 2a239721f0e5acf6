// SPDX-License-Identifier: GPL-2.0-only

import type { Message } from '../../../facts/generated.js';
import type { ImageSet } from '../../../images/image-set.js';

const SCM_RIGHTS = 1;

/** Unread messages of a socket, oldest first: sk-queues.img, each behind an entry that names the receiver. */
export function addQueue(images: ImageSet, id: number, queue: readonly Message[]): void {
  for (const { data, address, descriptions, hasCreds, credPid, credUid, credGid } of queue) {
    const scm = descriptions.length > 0 ? [{ type: SCM_RIGHTS, rights: descriptions }] : [];
    const creds = hasCreds ? { cred_pid: credPid, cred_uid: credUid, cred_gid: credGid } : {};
    images.add(
      'SK_QUEUES',
      { id_for: id, length: data.length, scm, ...(address.length > 0 ? { address } : {}), ...creds },
      { data },
    );
  }
}
