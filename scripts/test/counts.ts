// SPDX-License-Identifier: GPL-2.0-only
/** How many tests ended in which way. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of those that failed, where they are told: the end of a long report is all that is sometimes kept of it. */
  readonly failures: string[];
}

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

export function add(to: Counts, more: Counts): void {
  to.passed += more.passed;
  to.failed += more.failed;
  to.skipped += more.skipped;
  to.failures.push(...more.failures);
}

/** Whatever failed, and the closing line, alone on a line. */
export function closingLines({ passed, failed, skipped, failures }: Counts): string {
  const named = failures.map((failure) => `FAILED: ${failure}\n`).join('');
  return `${named}${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Counts from one line of AVA's report. Every line is counted as it comes rather than read off the summary, which is
 * never written when a test takes AVA down with it.
 */
export function countAva(line: string, counts: Counts): void {
  if (/^\s*[✔√] /u.test(line)) counts.passed += 1;
  else if (/^\s*[✘×✖] /u.test(line) || /^\s*(Uncaught exception|Unhandled rejection) in /.test(line)) fail(line, counts);
  else if (/^\s*- \[(skip|todo)\] /.test(line)) counts.skipped += 1;
}

function fail(line: string, counts: Counts): void {
  counts.failed += 1;
  counts.failures.push(line.trim());
}

/** Counts from one line of what `cargo test` says: one result line per test binary. */
export function countCargo(line: string, counts: Counts): void {
  const panic = /^---- (.+) stdout ----$/.exec(line);
  if (panic) counts.failures.push(panic[1] as string);
  const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
  if (!result) return;
  add(counts, { passed: Number(result[1]), failed: Number(result[2]), skipped: Number(result[3]), failures: [] });
}
