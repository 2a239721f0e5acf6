// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import test, { type TestFn } from 'ava';

/** What a test cannot do without. */
export interface Needs {
  readonly root?: true;
  /** As in `process.arch`: `x64`, `arm64`. */
  readonly arch?: string;
  /** Oldest kernel: `6.7`. */
  readonly kernel?: string;
  /** An environment variable with the path of a tool, such as `STASIS_PEER`. */
  readonly tool?: string;
  /** Programs that must be in the path. */
  readonly programs?: readonly string[];
  /** Any other condition: returns what is missing, or undefined. */
  readonly also?: () => string | undefined;
}

/**
 * AVA's `test`, or one that skips every test with the reason in its title where something is missing:
 * `const test = needing({ root: true, kernel: '6.7' })`.
 */
export function needing(needs: Needs): TestFn {
  const reason = lack(needs);
  if (reason === undefined) return test;
  const skip = (title: string, ...rest: unknown[]): void => {
    (test.skip as (title: string, ...rest: unknown[]) => void)(
      `${title} (skipped: ${reason})`,
      ...(rest.length > 0 ? rest : [() => undefined]),
    );
  };
  const none = (): void => undefined;
  const hooks = {
    before: none,
    beforeEach: none,
    after: Object.assign(none, { always: none }),
    afterEach: Object.assign(none, { always: none }),
  };
  return Object.assign(skip, test, hooks, { serial: Object.assign(skip, hooks), skip, failing: skip }) as unknown as TestFn;
}

/** The first thing that is missing, as a phrase, or undefined. */
export function lack({ root, arch, kernel, tool, programs, also }: Needs): string | undefined {
  if (root && process.getuid?.() !== 0) return 'not root';
  if (arch !== undefined && arch !== process.arch) return `needs ${arch}, this is ${process.arch}`;
  if (kernel !== undefined && older(release(), kernel)) return `needs kernel ${kernel}, this is ${release()}`;
  if (tool !== undefined) {
    const path = process.env[tool];
    if (!path) return `${tool} is not set`;
    if (!existsSync(path)) return `${tool} names ${path}, which does not exist`;
  }
  const absent = programs?.find((program) => !inPath(program));
  if (absent !== undefined) return `${absent} is not installed`;
  return also?.();
}

function older(have: string, want: string): boolean {
  const [major = 0, minor = 0] = have.split('.').map(Number.parseFloat);
  const [wantedMajor = 0, wantedMinor = 0] = want.split('.').map(Number.parseFloat);
  return major !== wantedMajor ? major < wantedMajor : minor < wantedMinor;
}

function inPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));
}
