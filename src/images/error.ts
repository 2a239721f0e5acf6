// SPDX-License-Identifier: LGPL-2.1-only

export interface ImageErrorParts {
  /** Verb phrase that follows "cannot": `read`. */
  readonly operation: string;
  /** What it was done to, with the file's name: `image core-412.img`. */
  readonly object: string;
  readonly cause: string;
  readonly hint?: string | undefined;
  /** The file at fault, without its directory. */
  readonly file?: string | undefined;
  /** The error this one was made from. */
  readonly source?: unknown;
}

/** An image is missing, damaged or contradicts another one. Its message reads `cannot OPERATION OBJECT: CAUSE — HINT`. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly operation: string;
  readonly object: string;
  override readonly cause: string;
  readonly hint: string | undefined;
  readonly file: string | undefined;
  readonly source: unknown;

  constructor({ operation, object, cause, hint, file, source }: ImageErrorParts) {
    super(`cannot ${operation} ${object}: ${cause}${hint ? ` — ${hint}` : ''}`);
    this.operation = operation;
    this.object = object;
    this.cause = cause;
    this.hint = hint;
    this.file = file;
    this.source = source;
  }
}

/** An image that cannot be read as what it should be. */
export function damaged(file: string, cause: string, source?: unknown): ImageError {
  return new ImageError({
    operation: 'read',
    object: `image ${file}`,
    cause,
    hint: 'the file is damaged or not an image',
    file,
    source,
  });
}
