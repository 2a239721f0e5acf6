// SPDX-License-Identifier: GPL-2.0-only
/** How many tests ended in which way. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of those that failed, where they are told: the end of a long report is all that is sometimes kept of it. */
  readonly failures: string[];
  /** What AVA says of them after its list, for the same reason: what was expected, without blank lines and stacks. */
  readonly details: string[];
}

/** Enough for the first few failures; whoever wants more has the whole report above. */
const MOST_DETAILS = 60;

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [], details: [] };
}

export function add(to: Counts, more: Counts): void {
  to.passed += more.passed;
  to.failed += more.failed;
  to.skipped += more.skipped;
  to.failures.push(...more.failures);
  to.details.push(...more.details);
}

/** Whatever failed and how, and the closing line, alone on a line. */
export function closingLines({ passed, failed, skipped, failures, details }: Counts): string {
  const told = [...details.slice(0, MOST_DETAILS), ...failures.map((failure) => `FAILED: ${failure}`)];
  return [...told, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`].join('\n');
}

/**
 * Reads AVA's report as it comes. Every line is counted rather than read off the summary, which is never written when a
 * test takes AVA down with it. Between two rules the report then tells how each failed.
 */
export function avaReader(counts: Counts): (line: string) => void {
  let ruled = false;
  return (line) => {
    if (line.trim() === '─') ruled = !ruled;
    else if (ruled) detail(line, counts);
    else countAva(line, counts);
  };
}

function countAva(line: string, counts: Counts): void {
  if (/^\s*[✔√] /u.test(line)) counts.passed += 1;
  else if (/^\s*[✘×✖] /u.test(line) || /^\s*(Uncaught exception|Unhandled rejection) in /.test(line)) fail(line, counts);
  else if (/^\s*- \[(skip|todo)\] /.test(line)) counts.skipped += 1;
}

function detail(line: string, counts: Counts): void {
  if (line.trim() !== '' && !/^\s+at /.test(line)) counts.details.push(line);
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
  add(counts, { ...noCounts(), passed: Number(result[1]), failed: Number(result[2]), skipped: Number(result[3]) });
}
