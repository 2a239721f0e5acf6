// SPDX-License-Identifier: GPL-2.0-only
import type { Exclusive } from '../../harness/alone.js';

/** What a program cannot do without; it also says `skip: reason` by itself where it finds something missing. */
export interface ProgramNeeds {
  readonly root?: true;
  /** As in `process.arch`. */
  readonly arch?: string;
  /** Oldest kernel, as `6.13`. */
  readonly kernel?: string;
  /** Flags of /proc/cpuinfo, all of them. */
  readonly cpu?: readonly string[];
  /** A kernel option or anything else that only the program itself can find out. */
  readonly feature?: string;
  /** Interpreters that must be in the path. */
  readonly programs?: readonly string[];
}

/** One program of the catalogue with one set of arguments. */
export interface Program {
  /** Unique: folder, source and arguments, such as `memory/anonymous huge`. */
  readonly name: string;
  /** Relative to test/programs. */
  readonly source: string;
  /** After the report file. */
  readonly args: readonly string[];
  readonly proves: string;
  /** What the tree consists of once it is ready: processes that live (stopped ones too), their threads in all, zombies. */
  readonly tree: { readonly processes: number; readonly threads: number; readonly zombies: number };
  /** Dumps and restores in a row that it is to be put through; each is followed by one more `.go-N`. */
  readonly cycles: number;
  readonly needs: ProgramNeeds;
  /** Where a kind of state is hard to be had and a tool may refuse it instead: the reason why it is listed all the same. */
  readonly beyond?: string;
  /** Why its state cannot be seen a second time after a dump has looked at it, where the kernel is like that. */
  readonly seenOnce?: string;
  /** What of the machine it must have for itself meanwhile (test/harness/alone.ts). */
  readonly alone?: Exclusive;
  /** Thousands of objects: it is put through dumps and restores in a row only, never left running, with its images on a tmpfs. */
  readonly heavy?: true;
}

/** A catalogue entry as written: what is usual left out. */
export interface Listed {
  readonly name: string;
  readonly args?: readonly string[];
  readonly proves: string;
  readonly processes?: number;
  readonly threads?: number;
  readonly zombies?: number;
  readonly cycles?: number;
  readonly needs?: ProgramNeeds;
  readonly beyond?: string;
  readonly seenOnce?: string;
  readonly alone?: Exclusive;
  readonly heavy?: true;
}

const CYCLES = 3;

/** Entries of one folder made whole; a name without suffix is a C source. */
export function listed(folder: string, entries: readonly Listed[], common: ProgramNeeds = {}): readonly Program[] {
  return entries.map(({ name, args = [], proves, processes = 1, threads = processes, zombies = 0, cycles, needs, ...rest }) => ({
    name: [`${folder}/${name.replace(/\.\w+$/, '')}`, ...args].join(' '),
    source: `${folder}/${/\.\w+$/.test(name) ? name : `${name}.c`}`,
    args,
    proves,
    tree: { processes, threads, zombies },
    cycles: cycles ?? CYCLES,
    needs: { ...common, ...needs },
    ...rest,
  }));
}
