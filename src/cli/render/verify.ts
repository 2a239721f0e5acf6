// SPDX-License-Identifier: GPL-2.0-only
import type { VerifyReport } from '../../images/verify.js';
import { bytes, count } from '../../text/units.js';

/** What is wrong with a directory of images, one thing a line. */
export function renderVerify(report: VerifyReport): string {
  const { path, files, problems, sealed, unlisted } = report;
  const lines = problems.map(({ file, text }) => `${file}: ${text}`);
  if (unlisted.length > 0) lines.push(`not part of the dump: ${unlisted.join(', ')}`);
  if (!sealed) lines.push('there is no stasis.img: contents could not be held against checksums');
  const verdict = problems.length === 0 ? 'nothing is wrong' : count(problems.length, 'problem');
  return [...lines, `${path}: ${count(files, 'file')}, ${bytes(report.bytes)}: ${verdict}`].join('\n');
}
