// SPDX-License-Identifier: GPL-2.0-only
import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../lib/root.js';

export interface Options {
  /** The peer's program; undefined: absolute figures only. */
  readonly peer: string | undefined;
  /** The command that is measured. */
  readonly stasis: string;
  readonly pairs: number;
  /** Time against number for each kind of object instead of cases. */
  readonly growth: boolean;
  /** Numbers of objects with `growth`; empty: each kind's own. */
  readonly sizes: readonly number[];
  /** Ids of cases, or of kinds with `growth`; empty: all. */
  readonly only: readonly string[];
  /** Directory below which images are written. */
  readonly dir: string;
  readonly json: boolean;
  readonly markdown: boolean;
  /** Also tell how long our stages took. */
  readonly stages: boolean;
  readonly build: boolean;
  /** Set by the outer process: the folder of this run, and that we are in a PID namespace of our own. */
  readonly inside: string | undefined;
}

export const USAGE = `usage: npm run bench -- [--peer CRIU] [--pairs N] [--only ID,ID] [--dir DIR] [--stages] [--json | --markdown]
       npm run bench -- --growth [--only KIND,KIND] [--sizes N,N] [--pairs N] [--dir DIR] [--json]
  --peer CRIU      the criu to be compared with; without it there are no ratios
  --pairs N        pairs of runs a case (default 5), after one to warm up
  --only ID,ID     these cases: 4m 1g 16x64m 100x4m 1000t felt-64m felt-1g
  --growth         time against number for each kind of object, and by which power of the number it grows
  --sizes N,N      with --growth: these numbers instead of each kind's own; --pairs: runs of each (default 3)
  --dir DIR        where images go (default /dev/shm)
  --stages         also how long each stage of ours took
  --stasis PATH    another build of bin/stasis (default: this checkout's, built first)
  --no-build       take what is built already
  --json           all samples as one JSON value; --markdown: the tables for a README`;

/** Whether it was asked how this is used. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** @throws TypeError where the command line makes no sense */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      peer: { type: 'string' },
      stasis: { type: 'string' },
      pairs: { type: 'string' },
      growth: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      dir: { type: 'string', default: '/dev/shm' },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      stages: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      inside: { type: 'string' },
    },
  });
  const { growth, json, markdown, stages, inside } = values;
  const pairs = Number(values.pairs ?? (growth ? 3 : 5));
  if (!Number.isInteger(pairs) || pairs < 1) throw new TypeError(`--pairs: ${values.pairs} is not a number of pairs`);
  const sizes = values.sizes.split(',').filter(Boolean).map(Number);
  if (!sizes.every((size, i) => Number.isInteger(size) && size > (sizes[i - 1] ?? 0)))
    throw new TypeError(`--sizes: ${values.sizes} are not rising numbers`);
  return {
    peer: values.peer === undefined ? undefined : fromCaller(values.peer),
    stasis: values.stasis === undefined ? `${root}/bin/stasis` : fromCaller(values.stasis),
    pairs,
    growth,
    sizes,
    only: values.only.split(',').filter(Boolean),
    dir: fromCaller(values.dir),
    json,
    markdown,
    stages,
    build: !values['no-build'] && values.stasis === undefined,
    inside,
  };
}

/** npm runs scripts in the checkout, whatever directory its caller is in. */
function fromCaller(path: string): string {
  return isAbsolute(path) ? path : resolve(process.env['INIT_CWD'] ?? '.', path);
}
