// SPDX-License-Identifier: GPL-2.0-only
import type { Facts } from '../../dump/facts.js';
import { type Description, FileKind, type UnixSocket } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import { fown } from '../descriptors/fown.js';
import type { DumpSubsystem } from '../dump-side.js';
import { socketOptions } from '../sockets/options-dump.js';
import { addQueue } from '../sockets/queue.js';

const OUR_NETWORK = 2;
const SLASH = '/'.charCodeAt(0);

/** unix(7): listening, connected and unconnected sockets with their names and unread messages. */
export const unixDump: DumpSubsystem = {
  name: 'unix',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      const { id, kind, flags, unix } = description;
      if (kind !== FileKind.UNIX || !unix?.options) continue;
      const { ino, type, state, backlog, peer, shutdown } = unix;
      const usk = {
        id,
        ino,
        type,
        state,
        flags,
        uflags: 0,
        backlog,
        peer,
        fown: fown(description),
        opts: socketOptions(unix.options),
        name: nameBytes(unix),
        ns_id: OUR_NETWORK,
        ...(shutdown ? { shutdown } : {}),
        ...pathFields(facts, description, unix),
        ...(unix.peerCredPid ? { peer_pid: unix.peerCredPid, peer_uid: unix.peerCredUid, peer_gid: unix.peerCredGid } : {}),
      };
      images.add('FILES', { type: FdTypes.UNIXSK, id, usk });
      addQueue(images, id, unix.queue);
    }
  },
};

/** As bound: a path with the NUL behind it, an abstract name with the NUL in front. */
function nameBytes({ name }: UnixSocket): Uint8Array {
  if (name.length === 0 || name[0] === 0 || name.at(-1) === 0) return name;
  return Buffer.concat([name, Buffer.of(0)]);
}

function pathFields(facts: Facts, { pid }: Description, { name, nameMode, nameUid, nameGid, nameDeleted }: UnixSocket) {
  if (name.length === 0 || name[0] === 0) return {};
  const cwd = facts.task(pid)?.cwd;
  return {
    ...(nameMode ? { file_perms: { mode: nameMode, uid: nameUid, gid: nameGid } } : {}),
    ...(name[0] !== SLASH && cwd ? { name_dir: Buffer.from(cwd.path).toString() } : {}),
    ...(nameDeleted ? { deleted: true } : {}),
  };
}
