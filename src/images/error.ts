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
  override readonly name: string = 'ImageError';
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

/** Somebody else could have made the images, or changed them. */
export class UntrustedImages extends ImageError {
  override readonly name = 'UntrustedImages';
}

/** A file or directory that cannot be read at all: for want of it, or as the system says. */
export function cannotRead(object: string, told: string | undefined, source?: NodeJS.ErrnoException): ImageError {
  const known = source?.code === undefined ? undefined : CAUSES.get(source.code);
  return new ImageError({ operation: 'read', object, cause: told ?? known ?? source?.message ?? '', file: object, source });
}

const CAUSES = new Map([
  ['ENOENT', 'no such file or directory'],
  ['ENOTDIR', 'not a directory'],
  ['EACCES', 'permission denied'],
]);

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
