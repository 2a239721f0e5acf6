// SPDX-License-Identifier: GPL-2.0-only
import { Reader, WireError } from '../images/wire/reader.js';

/** A field of bytes that is not there. */
export const EMPTY = new Uint8Array(0);

type Decode<T> = (reader: FactsReader, end: number) => T;

/** A reader that remembers messages of which there are many, most of them equal: those are one object. */
export class FactsReader extends Reader {
  readonly #known = new Map<unknown, Map<string, unknown>>();

  /** An embedded message; `last` is the end of the one around it. */
  alike<T>(decode: Decode<T>, last: number): T {
    const end = this.until(last);
    return this.#once(decode, end, () => decode(this, end));
  }

  /** A list: this element and those of the same tag behind it. */
  alikes<T>(tag: number, last: number, decode: Decode<T>): T[] {
    const start = this.at;
    let end = start;
    do {
      end = this.until(last);
      this.at = end;
    } while (end < last && this.tag() === tag);
    this.at = start;
    return this.#once(decode, end, () => {
      const list = [decode(this, this.until(end))];
      while (this.at < end && this.tag() === tag) list.push(decode(this, this.until(end)));
      return list;
    });
  }

  /** Of the core that comes with this code every field is known: to pass over one would be to lose what it tells. */
  stranger(name: string, tag: number): WireError {
    return new WireError(`${name} has a field ${tag >>> 3} of wire type ${tag & 7}, at offset ${this.at}`);
  }

  #once<T>(kind: unknown, end: number, decode: () => T): T {
    let known = this.#known.get(kind);
    if (known === undefined) {
      known = new Map();
      this.#known.set(kind, known);
    }
    const key = this.text(end);
    let value = known.get(key) as T | undefined;
    if (value === undefined) {
      value = decode();
      known.set(key, value);
    } else this.at = end;
    return value;
  }
}
