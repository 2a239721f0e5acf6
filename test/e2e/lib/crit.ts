// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync } from 'node:fs';
import { kindOfName } from '../../../src/images/index.js';
import { judge } from '../../compat/crit.js';

/** Kinds that Debian's crit has no name for: newer ones of CRIU, and our own. */
const UNKNOWN = ['SIGNAL', 'PIDFD', 'STASIS', 'BINFMT_MISC'];

/** The images of a directory that crit is to read: all but raw pages and kinds it was not made for. */
export function critImages(imagesDir: string): string[] {
  return readdirSync(imagesDir).filter((name) => {
    const kind = kindOfName(name);
    return kind !== 'raw' && !(kind && UNKNOWN.includes(kind.name));
  });
}

/** What crit cannot decode, plainly or pretty, in words. */
export function critFaults(imagesDir: string): string[] {
  const judged = judge(imagesDir);
  return critImages(imagesDir).flatMap((name) => {
    const { plain, pretty } = judged[name] ?? {};
    const fault = [plain, pretty].map(errorOf).find((error) => error !== undefined);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

function errorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return 'not even looked at';
  return 'error' in answer ? String(answer.error) : undefined;
}
