// SPDX-License-Identifier: GPL-2.0-only

import { find } from '../cli/dispatch.js';
import { whenIdle } from '../stages/idle.js';
import { commandTable } from './command-table.js';

/**
 * The command line, from arguments to exit code. Never rejects. bin/stasis answers `--version` by itself. `unhurried`: called
 * once there is time for it, in a dump or a restore.
 */
export async function main(argv: readonly string[], unhurried: () => void = () => undefined): Promise<void> {
  whenIdle(unhurried);
  try {
    await dispatch(argv);
  } catch (thrown) {
    const { reportError } = await import('../cli/report-error.js');
    process.exitCode = await reportError(thrown, { json: argv.includes('--json') });
  }
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const found = find(argv, Object.keys(commandTable));
  // A topic by itself, with nothing after it.
  if (asksHelp(argv) || (found?.kind === 'topic' && found.words === argv.length))
    return (await import('../cli/help.js')).help(argv);

  const load = found?.kind === 'command' ? commandTable[found.id] : undefined;
  if (!found || !load) throw await unknown(argv);
  const { default: command } = await load();
  command.id = found.id;
  await command.run(argv.slice(found.words));
}

function asksHelp(argv: readonly string[]): boolean {
  if (argv.length === 0 || argv[0] === 'help') return true;
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

async function unknown(argv: readonly string[]): Promise<Error> {
  const { usageError } = await import('../cli/usage-error.js');
  const [first = '', second] = argv;
  const words = argv.filter((word) => !word.startsWith('-'));
  if (first.startsWith('-'))
    return usageError(words.length === 0 ? 'no command is named' : `${first} stands before the command, and comes after it`);
  const topic = Object.keys(commandTable).some((id) => id.startsWith(`${first}:`));
  return usageError(`there is no command ${topic && second !== undefined ? `${first} ${second}` : first}`);
}
