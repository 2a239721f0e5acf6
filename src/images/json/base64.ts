// SPDX-License-Identifier: LGPL-2.1-only

/** Base64 in lines of 76 characters, each ended, as MIME and crit have it. */
export function toBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return text.replace(/.{1,76}/g, '$&\n');
}

export function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
