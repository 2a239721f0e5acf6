// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A directory that goes with the test. */
export function scratch(t: Pick<ExecutionContext, 'teardown'>): string {
  const path = mkdtempSync(join(tmpdir(), 'stasis-e2e-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
