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
  const lines = thrown.message.split('\n').map((line) => line.trim());
  const told = lines.filter((line) => line !== '' && !/^(See more help|The following errors? occurred)/.test(line)).join(', ');
  return usageError(told.charAt(0).toLowerCase() + told.slice(1), commandId, thrown);
}
