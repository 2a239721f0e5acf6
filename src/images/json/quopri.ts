// SPDX-License-Identifier: LGPL-2.1-only
// Quoted-printable text (RFC 2045), laid out as Python's quopri module does it: crit writes socket names that way.

const LINE = 76;
const EQUALS = 61;
const NEWLINE = 10;
const RETURN = 13;

export function quote(bytes: Uint8Array): string {
  let text = '';
  let line = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const next = bytes[at + 1];
    if (mustQuote(byte, next, line)) {
      if (line + 3 >= LINE) [text, line] = [`${text}=\n`, 0];
      text += hex(byte);
      line += 3;
    } else if (byte === NEWLINE || (byte === RETURN && next === NEWLINE)) {
      text = `${guardBlank(text)}\n`;
      if (byte === RETURN) at++;
      line = 0;
    } else {
      if (next !== undefined && next !== NEWLINE && line + 1 >= LINE) [text, line] = [`${text}=\n`, 0];
      text += String.fromCharCode(byte);
      line++;
    }
  }
  return text;
}

function mustQuote(byte: number, next: number | undefined, line: number): boolean {
  if (byte > 126 || byte === EQUALS) return true;
  if (byte === 46 && line === 0) return next === undefined || next === NEWLINE || next === RETURN || next === 0;
  if (byte === 9 || byte === 32) return next === undefined;
  return byte < 33 && byte !== NEWLINE && byte !== RETURN;
}

function guardBlank(text: string): string {
  return /[ \t]$/.test(text) ? text.slice(0, -1) + hex(text.charCodeAt(text.length - 1)) : text;
}

function hex(byte: number): string {
  return `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function unquote(text: string): Buffer {
  const plain = text
    .replace(/[ \t]+(?=\r?\n)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(plain, 'latin1');
}
