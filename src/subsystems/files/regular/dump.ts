// SPDX-License-Identifier: GPL-2.0-only
import { FdTypes } from '../../../images/generated/enums.js';
import { fown } from '../../descriptors/tables/fown.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { addRemap } from '../ghosts/remap.js';
import { isByPath } from './by-path.js';
import { regFile } from './entry.js';
import { refuseProc } from './proc.js';

/** Whatever is opened by its path: regular files, directories, devices, O_PATH of anything. */
export const filesDump: DumpSubsystem = {
  name: 'files',
  refuse: refuseProc,
  translate(facts, images) {
    for (const description of facts.survey.descriptions) {
      const { id, file, flags, pos, regular } = description;
      if (!isByPath(description) || !file) continue;
      const reg = regFile(id, file, { flags, pos, fown: fown(description) });
      const trigger = regular?.pressureTrigger;
      images.add('FILES', { type: FdTypes.REG, id, reg: trigger ? { ...reg, pressure_trigger: trigger } : reg });
      addRemap(facts, images, id, file);
    }
  },
};

/** Executables, directories and mapped files. Runs last: the others ask for them. */
export const specialFilesDump: DumpSubsystem = {
  name: 'special-files',
  translate(facts, images) {
    for (const { id, path } of facts.files.specials()) {
      images.add('FILES', { type: FdTypes.REG, id, reg: regFile(id, path) });
      addRemap(facts, images, id, path);
    }
  },
};
