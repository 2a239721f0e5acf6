// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError, type StasisError } from '../errors/index.js';
import type { NoteListener } from '../progress/types.js';
import { complain, sayJson } from './output.js';
import { fromParser } from './usage-error.js';

/** Says what went wrong, as JSON on stdout or as a line on stderr, and returns the exit code. */
export function reportError(thrown: unknown, json: boolean, commandId?: string, note?: NoteListener): number {
  const error = fromParser(thrown, commandId) ?? asStasisError(thrown);
  note?.(error.toJSON().message);
  if (json) sayJson({ error });
  else complain(`stasis: ${error.toJSON().message}`);
  if (process.env['STASIS_DEBUG']) complain(stackOf(error));
  return error.exitCode;
}

function stackOf({ stack, source }: StasisError): string {
  const below = source instanceof Error ? `\nmade from ${source.stack ?? source.message}` : '';
  return `${stack}${below}`;
}
