// SPDX-License-Identifier: GPL-2.0-only
import { EXIT_CODES } from './exit-codes.js';
import type { ErrorKind } from './kinds.js';

/** Facts for machines and bug reports; never needed to understand the message. */
export interface ErrorDetails {
  /** Stage of a dump or restore in which it happened. */
  readonly stage?: string;
  readonly pid?: number;
  readonly tid?: number;
  /** System call that failed. */
  readonly call?: string;
  /** Positive errno. */
  readonly errno?: number;
  /** Symbolic errno, such as `EPERM`. */
  readonly errnoName?: string;
  /** Image file at fault. */
  readonly file?: string;
  /** Number of the signal that interrupted the work. */
  readonly signal?: number;
  readonly [key: string]: unknown;
}

export interface ErrorParts {
  readonly kind: ErrorKind;
  /** Verb phrase that follows "cannot": `read page map of`. */
  readonly operation: string;
  /** What it was done to: `pid 412 (redis-server)`. */
  readonly object: string;
  /** Why it did not work: `permission denied`. */
  readonly cause: string;
  /** What to do about it: `needs CAP_SYS_PTRACE`. */
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  /** The error this one was made from. */
  readonly source?: unknown;
}

/** What `--json` prints under `error`. */
export interface ErrorJson {
  readonly kind: ErrorKind;
  readonly exitCode: number;
  readonly message: string;
  readonly operation: string;
  readonly object: string;
  readonly cause: string;
  readonly hint?: string;
  readonly details?: ErrorDetails;
}

/** The one error class that leaves this library. Its message reads `cannot OPERATION OBJECT: CAUSE — HINT`. */
export class StasisError extends Error {
  override readonly name = 'StasisError';
  readonly kind: ErrorKind;
  readonly operation: string;
  readonly object: string;
  override readonly cause: string;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;
  readonly source: unknown;

  constructor(parts: ErrorParts) {
    super(sentence(parts));
    this.kind = parts.kind;
    this.operation = parts.operation;
    this.object = parts.object;
    this.cause = parts.cause;
    this.hint = parts.hint;
    this.details = parts.details ?? {};
    this.source = parts.source;
  }

  /** Code the process exits with when this error ends a command. */
  get exitCode(): number {
    const { signal } = this.details;
    return this.kind === 'interrupted' && signal !== undefined ? 128 + signal : EXIT_CODES[this.kind];
  }

  toJSON(): ErrorJson {
    const { kind, exitCode, operation, object, cause, hint, details } = this;
    return {
      kind,
      exitCode,
      // Not `this.message`: a library in between, such as oclif's parser, may have added to it.
      message: sentence(this),
      operation,
      object,
      cause,
      ...(hint === undefined ? {} : { hint }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    };
  }
}

function sentence({ operation, object, cause, hint }: ErrorParts): string {
  const what = [operation, object].filter((part) => part !== '').join(' ');
  return `cannot ${what}: ${cause}${hint ? ` — ${hint}` : ''}`;
}
