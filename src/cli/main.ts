// SPDX-License-Identifier: GPL-2.0-only
import { commandTable } from './command-table.js';

/** The command line, from arguments to exit code. Never rejects. bin/stasis answers `--version` by itself. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await dispatch(argv);
  } catch (thrown) {
    const { reportError } = await import('./report-error.js');
    process.exitCode = reportError(thrown, argv.includes('--json'));
  }
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const [first, second] = argv;
  if (asksHelp(argv) || isTopic(argv)) return (await import('./help.js')).help(argv);

  const topic = commandTable[`${first}:${second}`];
  const load = topic ?? (first === undefined ? undefined : commandTable[first]);
  if (!load) throw await unknown(argv);
  const { default: command } = await load();
  const id = topic ? `${first}:${second}` : first;
  command.id = id as string;
  await command.start(argv.slice(topic ? 2 : 1));
}

function asksHelp(argv: readonly string[]): boolean {
  if (argv.length === 0 || argv[0] === 'help') return true;
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

/** A word that commands begin with, and nothing after it. */
function isTopic([first, second]: readonly string[]): boolean {
  return second === undefined && Object.keys(commandTable).some((id) => id.startsWith(`${first}:`));
}

async function unknown(argv: readonly string[]): Promise<Error> {
  const { usageError } = await import('./usage-error.js');
  const words = argv.filter((word) => !word.startsWith('-')).slice(0, 2);
  return usageError(words.length === 0 ? 'no command is named' : `there is no command ${words.join(' ')}`);
}
