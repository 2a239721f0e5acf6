// SPDX-License-Identifier: LGPL-2.1-only
import { UntrustedImages } from './error.js';

/** Owner and mode (st_uid, st_mode) of a file, as of the descriptor that it was read through. */
export interface Owner {
  readonly uid: number;
  readonly mode: number;
}

/** What is to become of images that somebody else could have made or changed: refuse them, remember it, or not look. */
export type Trust = 'refuse' | 'tell' | 'any';

const WRITABLE_BY_OTHERS = 0o022;
const S_ISVTX = 0o1000;
const ROOT = 0;

/** Whether nobody but root and the user whose rights a restore has made a file: its owner can always change it. */
export function strangerOwns({ uid }: Owner): boolean {
  return uid !== ROOT && uid !== me();
}

/** As words, who else could have written what is in a file or directory; undefined: nobody. */
export function whoElse(owner: Owner): string | undefined {
  if (strangerOwns(owner)) return `it belongs to uid ${owner.uid}`;
  return isOpen(owner) ? othersWrite(owner) : undefined;
}

/**
 * The same of a directory on the way, which may be one like /tmp: with the sticky bit nobody can take away or replace what
 * is not theirs. Whose the next part of the path is, is looked at in its turn.
 */
export function whoElseReplaces(owner: Owner): string | undefined {
  if (!strangerOwns(owner) && (owner.mode & S_ISVTX) !== 0) return undefined;
  return whoElse(owner);
}

/** Access lists need no look of their own: where one lets somebody write, the bits of the group say so (acl(5)). */
function isOpen({ mode }: Owner): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0;
}

function othersWrite({ mode }: Owner): string {
  return `${(mode & 0o002) !== 0 ? 'everybody' : 'its group'} can write to it (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`;
}

function me(): number {
  return process.geteuid?.() ?? ROOT;
}

export function untrusted(object: string, cause: string, file?: string): UntrustedImages {
  return new UntrustedImages({
    operation: 'trust',
    object,
    cause,
    hint: 'images are code that runs with your rights: make them and their directories yours alone (chown, chmod go-w), or say --trust-images',
    file,
  });
}
