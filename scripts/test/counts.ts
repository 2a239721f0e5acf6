// SPDX-License-Identifier: GPL-2.0-only
/** How many tests ended in which way. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0 };
}

export function add(to: Counts, more: Counts): void {
  to.passed += more.passed;
  to.failed += more.failed;
  to.skipped += more.skipped;
}

/** The closing line, alone on a line. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Counts from one line of AVA's report. Every line is counted as it comes rather than read off the summary, which is
 * never written when a test takes AVA down with it.
 */
export function countAva(line: string, counts: Counts): void {
  if (/^\s*[✔√] /u.test(line)) counts.passed += 1;
  else if (/^\s*[✘×✖] /u.test(line) || /^\s*(Uncaught exception|Unhandled rejection) in /.test(line)) counts.failed += 1;
  else if (/^\s*- \[(skip|todo)\] /.test(line)) counts.skipped += 1;
}

/** Counts from one line of what `cargo test` says: one result line per test binary. */
export function countCargo(line: string, counts: Counts): void {
  const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
  if (!result) return;
  add(counts, { passed: Number(result[1]), failed: Number(result[2]), skipped: Number(result[3]) });
}
