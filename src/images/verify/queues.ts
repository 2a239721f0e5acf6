// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import { FdTypes } from '../generated/enums.js';
import type { SkPacketEntry } from '../generated/messages.js';
import type { FileTable } from './file-table.js';
import type { Findings } from './findings.js';

/** unix_sk_entry.uflags: the other end is not part of the tree. */
const USK_EXTERN = 1;

/** What waits in pipes and sockets, and between which. */
export function checkQueues(images: ImageDirectory, files: FileTable, findings: Findings): void {
  const pipes = new Set<number>();
  const fifos = new Set<number>();
  const sockets = new Set<number>([0]);
  for (const { pipe, fifo, usk } of files.values()) {
    if (pipe) pipes.add(pipe.pipe_id);
    if (fifo) fifos.add(fifo.pipe_id);
    if (usk) sockets.add(usk.ino);
  }
  for (const { id, usk } of files.values()) {
    if (usk === undefined || (usk.uflags & USK_EXTERN) !== 0) continue;
    findings.expect(sockets.has(usk.peer), 'files.img', `unix socket ${id} is connected to inode ${usk.peer}, which is missing`);
  }
  checkPipes(images, 'PIPES_DATA', 'pipes-data.img', pipes, findings);
  checkPipes(images, 'FIFO_DATA', 'fifo-data.img', fifos, findings);
  for (const packet of findings.attempt(() => images.all('SK_QUEUES')) ?? []) checkPacket(packet, files, findings);
}

function checkPipes(
  images: ImageDirectory,
  kind: 'PIPES_DATA' | 'FIFO_DATA',
  name: string,
  known: ReadonlySet<number>,
  findings: Findings,
): void {
  for (const { pipe_id } of findings.attempt(() => images.all(kind)) ?? []) {
    findings.expect(known.has(pipe_id), name, `pipe ${pipe_id} has data and no end`);
  }
}

function checkPacket({ id_for, scm }: SkPacketEntry, files: FileTable, findings: Findings): void {
  const name = 'sk-queues.img';
  const receiver = files.get(id_for)?.type;
  const socket =
    receiver === FdTypes.UNIXSK || receiver === FdTypes.INETSK || receiver === FdTypes.NETLINKSK || receiver === FdTypes.PACKETSK;
  findings.expect(socket, name, `a message waits for file ${id_for}, which is no socket`);
  for (const id of scm.flatMap((entry) => entry.rights))
    findings.expect(files.has(id), name, `file ${id} is on its way and not in files.img`);
}
