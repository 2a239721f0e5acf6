// SPDX-License-Identifier: GPL-2.0-only
import { type KindName, KINDS } from '../images/kinds.js';

/** `core-412.img`; ghost files and TCP streams bear hexadecimal numbers. */
export function fileName(kind: KindName, id?: number): string {
  const [form = ''] = KINDS[kind].files;
  if (id === undefined) return form;
  return form.replace('*', kind === 'GHOST_FILE' || kind === 'TCP_STREAM' ? id.toString(16) : String(id));
}
