// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';

/** An error of the command line; `commandId` is oclif's: `image:show`. */
export function usageError(cause: string, commandId?: string, source?: unknown, advice?: string): StasisError {
  const help = `see ${['stasis', ...(commandId?.split(':') ?? []), '--help'].join(' ')}`;
  return new StasisError({
    kind: 'usage',
    operation: 'read',
    object: 'the command line',
    cause,
    hint: advice === undefined ? help : `${advice}; ${help}`,
    source,
  });
}

/** The same from an error of oclif's parser, which marks its own with an `oclif` property. */
export function fromParser(thrown: unknown, commandId?: string): StasisError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof StasisError || !('oclif' in thrown)) return undefined;
  const lines = thrown.message.split('\n').map((line) => plainer(line.trim()));
  const said = lines.filter((line) => line !== '' && !/^(See more help|The following errors? occurred)/.test(line));
  // Of two that exclude each other, each says so.
  const told = missingArgument(said) ?? [...new Set(said)].join(', ');
  return usageError(told.charAt(0).toLowerCase() + told.slice(1), commandId, thrown, adviceFor(told, commandId));
}

/** Whoever names the directory as an argument is told how it is named. */
function adviceFor(told: string, commandId: string | undefined): string | undefined {
  if (commandId !== 'dump' && commandId !== 'restore') return undefined;
  const extra = /^unexpected arguments?: (\S+)$/i.exec(told)?.[1];
  if (extra !== undefined) return `the directory of the images is named by -D: -D ${extra}`;
  return /missing required flag images-dir/i.test(told) ? 'name the directory of the images by -D DIR' : undefined;
}

/** `Missing 1 required arg:` and, on a line of its own, `file  image to read`. */
function missingArgument([first = '', ...others]: readonly string[]): string | undefined {
  if (!/^Missing \d+ required args?:$/i.test(first) || others.length === 0) return undefined;
  return others.map((line) => `the ${line.split(' ')[0]?.toUpperCase()} is missing`).join(', ');
}

/** `--leave-stopped=true cannot also be provided when using --leave-running`: nobody has written `=true`. */
function plainer(line: string): string {
  const [, one, other] = /^(--[\w-]+)=.* cannot also be provided when using (--[\w-]+)$/.exec(line) ?? [];
  return one === undefined ? line : `${[one, other].sort().join(' and ')} exclude each other`;
}
