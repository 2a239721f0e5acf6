// SPDX-License-Identifier: LGPL-2.1-only
import type { Messages } from './generated/messages.js';
import { SCHEMA } from './generated/schema.js';
import { codec } from './wire/codec.js';
import { Reader } from './wire/reader.js';
import { Writer } from './wire/writer.js';

/** All messages of proto/criu and of the manifest. */
export const CODEC = codec(SCHEMA);

/** A message to be written: lists that are empty may be left out. */
export type Input<T> = T extends Uint8Array
  ? Uint8Array
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : T extends object
      ? { readonly [K in keyof T as T[K] extends readonly unknown[] ? never : K]: Input<T[K]> } & {
          readonly [K in keyof T as T[K] extends readonly unknown[] ? K : never]?: Input<T[K]> | undefined;
        }
      : T;

/** Encodes one message without its image, for what holds encoded messages. @throws TypeError */
export function encodeMessage<M extends keyof Messages>(name: M, message: Input<Messages[M]>): Buffer {
  const writer = new Writer();
  CODEC.write(name, message as object, writer);
  return writer.finish();
}

/** Decodes one message. Byte fields are views of `bytes`. @throws WireError */
export function decodeMessage<M extends keyof Messages>(name: M, bytes: Uint8Array): Messages[M] {
  const reader = new Reader(bytes);
  return CODEC.read(name, reader, reader.length) as unknown as Messages[M];
}
