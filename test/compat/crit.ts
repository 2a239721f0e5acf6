// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Json, parse } from '../../src/images/json/text.js';

const CRIT = '/usr/bin/crit';
const HELPER = fileURLToPath(new URL('./pycriu.py', import.meta.url));
const LIMITS = { encoding: 'utf8', maxBuffer: 1 << 30 } as const;

/** What crit says of one image. */
export interface Judgement {
  readonly plain: Json;
  readonly pretty: Json;
  readonly same: boolean | { readonly error: string };
}

/** Numbers of the fields that crit knows, by message. */
export function knownFields(): ReadonlyMap<string, ReadonlySet<number>> {
  const fields = JSON.parse(python('fields')) as Record<string, number[]>;
  return new Map(Object.entries(fields).map(([name, numbers]) => [name, new Set(numbers)]));
}

/** Every image of a directory, as crit decodes and encodes it. */
export function judge(directory: string): Readonly<Record<string, Judgement>> {
  return parse(python('load', directory)) as unknown as Record<string, Judgement>;
}

/** Why crit cannot decode those of these images of a directory that it cannot, by name. */
export function faults(directory: string, names: readonly string[]): Readonly<Record<string, string>> {
  return JSON.parse(python('faults', directory, ...names)) as Record<string, string>;
}

/** `crit x DIRECTORY WHAT`. @throws Error with what crit printed */
export function explore(directory: string, what: 'ps' | 'fds' | 'mems' | 'rss'): string {
  return execFileSync(CRIT, ['x', directory, what], LIMITS);
}

/** The interpreter that Debian's crit runs in: another python3 in the path may lack its modules. */
function python(...args: string[]): string {
  const [, interpreter = 'python3'] = /^#!\s*(\S+)/.exec(readFileSync(CRIT, 'utf8')) ?? [];
  return execFileSync(interpreter, [HELPER, ...args], LIMITS);
}
