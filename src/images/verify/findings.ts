// SPDX-License-Identifier: LGPL-2.1-only
import { ImageError } from '../error.js';

/** Something that is wrong with a directory. */
export interface Problem {
  /** The file at fault. */
  readonly file: string;
  /** Lower case, without the file's name: `entry 3: file 17 is not in files.img`. */
  readonly text: string;
}

/** Collects problems, so that one fault does not hide the next. */
export class Findings {
  readonly problems: Problem[] = [];

  add(file: string, text: string): void {
    this.problems.push({ file, text });
  }

  /** Unless `holds`, a problem. */
  expect(holds: boolean, file: string, text: string): void {
    if (!holds) this.add(file, text);
  }

  /** What `read` gives; undefined, and a problem, where an image cannot be read. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const file = error.file ?? '';
      if (!this.problems.some((known) => known.file === file && known.text === error.cause)) this.add(file, error.cause);
      return undefined;
    }
  }
}
