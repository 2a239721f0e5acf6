// SPDX-License-Identifier: GPL-2.0-only
import type { Figure } from './cases.js';
import type { Machine } from './machine.js';
import type { CaseResult } from './results.js';

/**
 * Milliseconds in which this machine could move the pages of a case, and nothing else: into the page cache for a dump, by
 * copying memory for a restore. Undefined where our dump has not told how many there are.
 */
export function atBest({ pairs }: CaseResult, { rates }: Machine, label: string): number | undefined {
  const bytes = pairs.find(({ stasis }) => stasis?.dump.pagesBytes !== undefined)?.stasis?.dump.pagesBytes;
  const rate = LIMIT[label as Figure];
  if (bytes === undefined || rate === undefined) return undefined;
  return (bytes / Math.max(...rates.map((each) => each[rate]))) * 1000;
}

const LIMIT: Partial<Record<Figure, 'write' | 'memcpy'>> = { dump: 'write', restore: 'memcpy' };
