// SPDX-License-Identifier: GPL-2.0-only
import { asStasisError, type StasisError } from '../errors/index.js';
import type { NoteListener } from '../stages/progress.js';
import { complain, sayJson } from './output.js';
import { fromParser } from './usage-error.js';

export interface Reporting {
  readonly json: boolean;
  /** oclif's: `image:show`. */
  readonly commandId?: string;
  readonly note?: NoteListener | undefined;
  /** Default: the one of its kind. */
  readonly exitCodeOf?: (error: StasisError) => number;
}

/** Says what went wrong, as JSON on stdout or for people on stderr, and returns the exit code. */
export async function reportError(thrown: unknown, { json, commandId, note, exitCodeOf }: Reporting): Promise<number> {
  const error = fromParser(thrown, commandId) ?? asStasisError(thrown);
  const exitCode = exitCodeOf?.(error) ?? error.exitCode;
  note?.(error.toJSON().message);
  if (json) sayJson({ error: { ...error.toJSON(), exitCode } });
  else complain(`stasis: ${await told(error)}`);
  if (process.env['STASIS_DEBUG']) complain(stackOf(error));
  return exitCode;
}

/** One line, unless there are several reasons for it. */
async function told(error: StasisError): Promise<string> {
  const { refusals, problems } = error.details;
  const reasons = Array.isArray(refusals) ? refusals : problems;
  if (!Array.isArray(reasons) || reasons.length < 2) return error.toJSON().message;
  const { errorView, renderReasons } = await import('./run-report.js');
  return renderReasons(error, errorView());
}

function stackOf({ stack, source }: StasisError): string {
  const below = source instanceof Error ? `\nmade from ${source.stack ?? source.message}` : '';
  return `${stack}${below}`;
}
