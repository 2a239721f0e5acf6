// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { Help } from '@oclif/core/help';
import { version } from '../version.js';
import { find } from './dispatch.js';
import { oclifPackage } from './oclif-package.js';

/** oclif's own help, from the manifest that the build makes: no command is loaded. */
export async function help(argv: readonly string[]): Promise<void> {
  // A reader such as `head` may leave early.
  process.stdout.on('error', () => process.exit(0));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const config = await Config.load({ root, pjson: oclifPackage(version) });
  const words = argv[0] === 'help' ? argv.slice(1) : argv.filter((word) => word !== '--help' && word !== '-h');
  const id = find(words, [...config.commandIDs])?.id;
  await new Help(config).showHelp(id === undefined ? [] : [id]);
}
