// SPDX-License-Identifier: GPL-2.0-only
import { StasisError } from '../errors/index.js';

/** An error of the command line; `commandId` is oclif's: `image:show`. */
export function usageError(cause: string, commandId?: string, source?: unknown): StasisError {
  return new StasisError({
    kind: 'usage',
    operation: 'read',
    object: 'the command line',
    cause,
    hint: `see ${['stasis', ...(commandId?.split(':') ?? []), '--help'].join(' ')}`,
    source,
  });
}

/** The same from an error of oclif's parser, which marks its own with an `oclif` property. */
export function fromParser(thrown: unknown, commandId?: string): StasisError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof StasisError || !('oclif' in thrown)) return undefined;
  const lines = thrown.message.split('\n').map((line) => plainer(line.trim()));
  const said = lines.filter((line) => line !== '' && !/^(See more help|The following errors? occurred)/.test(line));
  // Of two that exclude each other, each says so.
  const told = [...new Set(said)].join(', ');
  return usageError(told.charAt(0).toLowerCase() + told.slice(1), commandId, thrown);
}

/** `--leave-stopped=true cannot also be provided when using --leave-running`: nobody has written `=true`. */
function plainer(line: string): string {
  const [, one, other] = /^(--[\w-]+)=.* cannot also be provided when using (--[\w-]+)$/.exec(line) ?? [];
  return one === undefined ? line : `${[one, other].sort().join(' and ')} exclude each other`;
}
