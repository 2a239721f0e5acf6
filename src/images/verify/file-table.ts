// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import { FdTypes } from '../generated/enums.js';
import type { FileEntry } from '../generated/messages.js';
import type { Findings } from './findings.js';

export type FileTable = ReadonlyMap<number, FileEntry>;

/** The field of file_entry that goes with each type. */
const FIELDS: Readonly<Record<number, keyof FileEntry>> = {
  [FdTypes.REG]: 'reg',
  [FdTypes.PIPE]: 'pipe',
  [FdTypes.FIFO]: 'fifo',
  [FdTypes.INETSK]: 'isk',
  [FdTypes.UNIXSK]: 'usk',
  [FdTypes.EVENTFD]: 'efd',
  [FdTypes.EVENTPOLL]: 'epfd',
  [FdTypes.INOTIFY]: 'ify',
  [FdTypes.SIGNALFD]: 'sgfd',
  [FdTypes.PACKETSK]: 'psk',
  [FdTypes.TTY]: 'tty',
  [FdTypes.FANOTIFY]: 'ffy',
  [FdTypes.NETLINKSK]: 'nlsk',
  [FdTypes.NS]: 'nsf',
  [FdTypes.TUNF]: 'tunf',
  [FdTypes.EXT]: 'ext',
  [FdTypes.TIMERFD]: 'tfd',
  [FdTypes.MEMFD]: 'memfd',
  [FdTypes.BPFMAP]: 'bpf',
  [FdTypes.PIDFD]: 'pidfd',
};
const NAME = 'files.img';

/** The open files of the tree by id, after the rules about each by itself. */
export function fileTable(images: ImageDirectory, findings: Findings): FileTable {
  const table = new Map<number, FileEntry>();
  for (const entry of findings.attempt(() => images.all('FILES')) ?? []) {
    const field = FIELDS[entry.type];
    const body = field && (entry[field] as { readonly id: number } | undefined);
    findings.expect(!table.has(entry.id), NAME, `file ${entry.id} is there twice`);
    findings.expect(
      body !== undefined,
      NAME,
      `file ${entry.id} of type ${typeName(entry.type)} has nothing that goes with its type`,
    );
    findings.expect(body === undefined || body.id === entry.id, NAME, `file ${entry.id} calls itself ${body?.id}`);
    table.set(entry.id, entry);
  }
  return table;
}

function typeName(type: number): string {
  return Object.entries(FdTypes).find(([, value]) => value === type)?.[0] ?? String(type);
}

/** Whether `id` is a file of the type; else a problem of `file`, where `what` refers to it. */
export function expectFile(files: FileTable, id: number, type: number, file: string, what: string, findings: Findings): void {
  const entry = files.get(id);
  if (entry === undefined) findings.add(file, `${what} is file ${id}, which is not in ${NAME}`);
  else
    findings.expect(
      entry.type === type,
      file,
      `${what} is file ${id}, which is ${typeName(entry.type)} and not ${typeName(type)}`,
    );
}
