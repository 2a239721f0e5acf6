// SPDX-License-Identifier: GPL-2.0-only
import { counts } from './catalogue/counts.js';
import { files, sharing } from './catalogue/files.js';
import { memory } from './catalogue/memory.js';
import { plain } from './catalogue/plain.js';
import { registers } from './catalogue/registers.js';
import { blocked, signals } from './catalogue/signals.js';
import { sockets } from './catalogue/sockets.js';
import { tasks } from './catalogue/tasks.js';
import type { Program } from './catalogue/types.js';
import { real, torture } from './catalogue/whole.js';

export type { Program, ProgramNeeds } from './catalogue/types.js';

/** Every self-proving program, in the order of the kinds of state. */
export const programs: readonly Program[] = [
  ...tasks,
  ...signals,
  ...blocked,
  ...registers,
  ...memory,
  ...files,
  ...sharing,
  ...sockets,
  ...counts,
  ...plain,
  ...torture,
  ...real,
];
