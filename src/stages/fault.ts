// SPDX-License-Identifier: GPL-2.0-only
import { appendFileSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

let happened = false;

/**
 * Where a test may have something go wrong, once. `STASIS_FAULT=STEP:KIND` says where and what: `error`, `panic`, `kill`, `enospc`,
 * `emfile`, `enomem`, `eacces`; `list:FILE`: nothing, but the name of each step that is come to is appended to that file.
 * `crates/fault` has the same for the native side, where `hang` is possible, too.
 */
export function faultAt(step: string): void {
  const text = process.env['STASIS_FAULT'];
  if (text === undefined) return;
  const colon = text.indexOf(':');
  const [wanted, kind] = [text.slice(0, colon), text.slice(colon + 1)];
  if (wanted === 'list') appendFileSync(kind, `${step}\n`);
  else if (wanted === step && !happened) {
    happened = true;
    happen(step, kind);
  }
}

function happen(step: string, kind: string): void {
  if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
  if (kind === 'panic') throw new TypeError(`a fault was injected at ${step}`);
  const name = kind === 'error' ? 'EIO' : kind.toUpperCase();
  const [errno, [code, words]] = [...getSystemErrorMap()].find(([, [each]]) => each === name) ?? [0, [name, name]];
  throw Object.assign(new Error(`${code}: ${words}, fault '${step}'`), { code, errno, syscall: 'fault', path: step });
}
