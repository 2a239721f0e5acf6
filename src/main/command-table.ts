// SPDX-License-Identifier: GPL-2.0-only
import type { BaseCommand } from '../cli/base-command.js';

export type CommandClass = (new (argv: string[]) => BaseCommand) & Pick<typeof BaseCommand, 'id' | 'run'>;

/** Every command by its oclif id. Each is loaded only when it is called. */
export const commandTable: Readonly<Record<string, () => Promise<{ default: CommandClass }>>> = {
  check: () => import('../commands/check.js'),
  cleanup: () => import('../commands/cleanup.js'),
  dump: () => import('../commands/dump.js'),
  'image:decode': () => import('../commands/image/decode.js'),
  'image:encode': () => import('../commands/image/encode.js'),
  'image:show': () => import('../commands/image/show.js'),
  'image:verify': () => import('../commands/image/verify.js'),
  inspect: () => import('../commands/inspect.js'),
  restore: () => import('../commands/restore.js'),
};
