// SPDX-License-Identifier: GPL-2.0-only
import { FileKind } from '../../facts/generated.js';
import { FdTypes } from '../../images/generated/enums.js';
import { fown } from '../descriptors/fown.js';
import type { DumpSubsystem } from '../dump-side.js';
import { regFile } from './entry.js';

const BY_PATH = new Set<FileKind>([FileKind.REGULAR, FileKind.DIRECTORY, FileKind.CHARACTER, FileKind.BLOCK, FileKind.SYMLINK, FileKind.SOCKET_PATH]);

/** Whatever is opened by its path: regular files, directories, devices, O_PATH of anything. */
export const filesDump: DumpSubsystem = {
  name: 'files',
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      const { id, kind, file, flags, pos } = description;
      if (!BY_PATH.has(kind) || !file) continue;
      images.add('FILES', { type: FdTypes.REG, id, reg: regFile(id, file, { flags, pos, fown: fown(description) }) });
    }
  },
};

/** Executables, directories and mapped files. Runs last: the others ask for them. */
export const specialFilesDump: DumpSubsystem = {
  name: 'special-files',
  translate(facts, images) {
    for (const { id, path } of facts.files.specials()) {
      images.add('FILES', { type: FdTypes.REG, id, reg: regFile(id, path) });
    }
  },
};
