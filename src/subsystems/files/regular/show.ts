// SPDX-License-Identifier: GPL-2.0-only
import { type Description, type FileLock, LockKind } from '../../../facts/generated.js';
import { type Look, words } from '../../show-side.js';

const LOCKS = new Map<LockKind, string>([
  [LockKind.FLOCK, 'flock'],
  [LockKind.OFD, 'open file description lock'],
  [LockKind.LEASE, 'lease'],
]);

/** The path, and where in a file the next read or write happens. */
export function byPath(description: Description, { facts }: Look): string {
  const { id, kind, pos, file } = description;
  const locks = facts.survey.locks.filter((lock) => lock.description === id);
  return words(
    `${pathOf(description)}${file?.deleted ? ' (deleted)' : ''}`,
    kind === 'regular' && Number(pos) > 0 && `at ${pos} of ${file?.size ?? 0} bytes`,
    ...new Set(locks.map(lockText)),
  );
}

export function pathOf({ file }: Description): string {
  return file ? Buffer.from(file.path).toString() : '';
}

function lockText({ kind, write }: FileLock): string {
  return `${write ? 'write' : 'read'} ${LOCKS.get(kind) ?? 'lock'}`;
}
