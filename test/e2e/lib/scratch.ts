// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

const TMPFS = '/dev/shm';

/** A directory that goes with the test. `inMemory`: on a tmpfs where there is one, for files by the ten thousand. */
export function scratch(t: Pick<ExecutionContext, 'teardown'>, inMemory = false): string {
  const path = mkdtempSync(join(inMemory && existsSync(TMPFS) ? TMPFS : tmpdir(), 'stasis-e2e-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
