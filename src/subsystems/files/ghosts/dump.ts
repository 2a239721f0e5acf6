// SPDX-License-Identifier: GPL-2.0-only

import type { Refusal } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { imageName } from '../../../images/kinds.js';
import { S_IFLNK, S_IFMT } from '../../../linux/fcntl.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { ghostEntry, ghostHeader } from './entry.js';
import { isFolder } from './mode.js';
import { type Ghost, ghostsOf, hasContent } from './survey.js';

/** Files that were deleted and are held by descriptors, mappings, or as executable or directory of a task. */
export const ghostsDump: DumpSubsystem = {
  name: 'ghosts',
  *refuse(facts) {
    for (const ghost of ghostsOf(facts).all) {
      const cause = unsupported(ghost);
      if (cause) yield refusal(facts, ghost, cause);
      const { attributes } = ghost.file;
      if (attributes.length > 0)
        yield refusal(facts, ghost, `it has extended attributes (${attributes.join(', ')}), which cannot be brought back yet`);
    }
  },
  pages(facts, jobs) {
    for (const ghost of ghostsOf(facts).all) {
      if (!hasContent(ghost)) continue;
      const { id, description, mapping } = ghost;
      const source = description
        ? { descriptionId: description.id, pid: description.pid, vmaStart: 0 }
        : { descriptionId: 0, pid: mapping?.pid ?? 0, vmaStart: mapping?.start ?? 0 };
      jobs.ghost({ ...source, name: imageName('GHOST_FILE', id), ...ghostHeader(ghost) });
    }
  },
  translate(facts, images) {
    for (const ghost of ghostsOf(facts).all) if (!hasContent(ghost)) images.ghost(ghost.id, ghostEntry(ghost));
  },
};

function unsupported(ghost: Ghost): string | undefined {
  const { file, description, mapping } = ghost;
  if (file.hidden)
    return 'it has its name still, which leads to something else: a mount covers it, or its mount is gone (umount -l)';
  if ((file.mode & S_IFMT) === S_IFLNK) return 'a symbolic link cannot be made without a name';
  if (isFolder(file)) return undefined;
  if (file.nlink > 0) return 'it has other names, and none was found in the folder where it was, or beside that';
  if (hasContent(ghost) && !description && !mapping) return 'no descriptor or mapping leads to its content';
  return undefined;
}

function refusal(facts: Facts, { file, user }: Ghost, cause: string): Refusal {
  const { pid, object } = user;
  return facts.refusal(pid, {
    object,
    kind: `${file.hidden ? 'hidden' : 'deleted'} file ${Buffer.from(file.path).toString()}`,
    cause,
  });
}
