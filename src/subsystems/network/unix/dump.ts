// SPDX-License-Identifier: GPL-2.0-only

import type { Description, UnixSocket } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { FdTypes } from '../../../images/generated/enums.js';
import { fown } from '../../descriptors/tables/fown.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { namespaceId } from '../../task/tasks/namespaces.js';
import { SOCK_DGRAM } from '../sockets/numbers.js';
import { socketOptions } from '../sockets/options-dump.js';
import { addQueue } from '../sockets/queue.js';

const SLASH = '/'.charCodeAt(0);
/** The only error that net/unix/af_unix.c leaves for a later call; reading it would take it away. */
const ECONNRESET = 104;

/** unix(7): listening, connected and unconnected sockets with their names and unread messages. */
export const unixDump: DumpSubsystem = {
  name: 'unix',
  *refuse(facts) {
    const sockets = facts.survey.descriptions.filter(({ unix }) => unix?.type === SOCK_DGRAM);
    const names = new Set(sockets.map(({ unix }) => Buffer.from(unix?.name ?? []).toString('latin1')));
    for (const { unix, pid, fd } of sockets) {
      if (!unix?.peerClosed || unix.peerName[0] !== 0 || !names.has(Buffer.from(unix.peerName).toString('latin1'))) continue;
      yield facts.refusal(pid, {
        fd,
        kind: 'unix socket with a closed peer',
        cause: 'the abstract name of its peer is that of another socket of the tree by now, so nobody can have it for a moment',
        hint: 'let the program connect it anew',
      });
    }
  },
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      const { id, kind, flags, unix } = description;
      if (kind !== 'unix' || !unix.options) continue;
      const { ino, type, state, backlog, peer, shutdown, peerClosed, peerName, pendingError } = unix;
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
        ns_id: namespaceId(facts, 'net', unix.netNamespace),
        ...(shutdown ? { shutdown } : {}),
        ...(peerClosed && type === SOCK_DGRAM ? { lost_peer: true } : {}),
        ...(peerName.length > 0 ? { lost_name: peerName } : {}),
        ...(pendingError ? { pending_error: ECONNRESET } : {}),
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

function pathFields(facts: Facts, description: Description, socket: UnixSocket) {
  const { name, nameMode, nameUid, nameGid, nameDeleted, path, otherNames } = socket;
  if (name.length === 0 || name[0] === 0) return {};
  const folder = nameFolder(facts, description, socket);
  const bound = Buffer.concat([Buffer.from(folder === undefined ? '' : `${folder}/`), name.subarray(0, pathEnd(name))]);
  return {
    ...(!nameDeleted && path.length > 0 && !bound.equals(path) ? { moved_to: path } : {}),
    ...(otherNames.length > 0 ? { other_names: otherNames } : {}),
    ...(nameMode ? { file_perms: { mode: nameMode, uid: nameUid, gid: nameGid } } : {}),
    ...(folder === undefined ? {} : { name_dir: folder }),
    ...(nameDeleted ? { deleted: true } : {}),
  };
}

function pathEnd(name: Uint8Array): number {
  const end = name.indexOf(0);
  return end < 0 ? name.length : end;
}

/** What a relative name is relative to: the file's place tells, or else where the holder is now. */
function nameFolder(facts: Facts, { pid }: Description, { name, path }: UnixSocket): string | undefined {
  if (name[0] === SLASH) return undefined;
  const [relative, absolute] = [name, path].map((bytes) => Buffer.from(bytes).toString());
  if (absolute?.endsWith(`/${relative}`)) return absolute.slice(0, -`/${relative}`.length) || '/';
  const cwd = facts.task(pid)?.cwd;
  return cwd && Buffer.from(cwd.path).toString();
}
