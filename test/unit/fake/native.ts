// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '../../../src/images/crc32.js';
import { NODE_DISK } from '../../../src/images/disk.js';
import { encodePagemap } from '../../../src/images/pagemap.js';
import type {
  NativeApi,
  NativeDumpPipe,
  NativeDumpSession,
  NativeFillPipe,
  NativePipe,
  NativeRestoreSession,
  ReleaseMode,
} from '../../../src/native/contract.js';
import { type FakeTree, hostFacts, inner, survey } from './tree.js';

export interface FakeNative extends NativeApi {
  /** What was called, in order. */
  readonly log: string[];
}

export interface FakeOptions {
  readonly tree: FakeTree;
  readonly exe: object;
  /** What the survey says cannot be dumped. */
  readonly refusals?: readonly object[];
  /** Throws in the call of this name. */
  readonly failAt?: string;
  /** What processes outside of the tree have, as {@link NativeApi} tells it. */
  readonly outside?: { readonly groups?: readonly number[]; readonly holders?: readonly number[] };
  /** What that error says beside EIO. */
  readonly failure?: object;
}

/** The native side without tasks: files are real, everything else comes from `tree`. */
export function fakeNative({ tree, exe, refusals, failAt, failure, outside }: FakeOptions): FakeNative {
  const log: string[] = [];
  const note = (what: string): void => {
    log.push(what);
    if (failAt !== undefined && what.startsWith(failAt)) throw new Error(JSON.stringify({ stage: what, errno: 5, ...failure }));
  };
  const session: NativeDumpSession = {
    async survey() {
      note('survey');
      return survey(tree, exe, refusals);
    },
    async collect() {
      note('collect');
      return [...inner(tree), survey(tree, exe)];
    },
    processPipe: (pid, dir, pagemap, pages, id) => pipe(dir, pagemap, pages, id, note, `pages of ${pid}`),
    objectPipe: (object, dir, pagemap, pages, id) => pipe(dir, pagemap, pages, id, note, `object ${object}`),
    ghostPipe() {
      throw new Error('no ghosts here');
    },
    async release(mode: ReleaseMode) {
      note(`release ${mode}`);
      return { frozenUs: 1500 };
    },
  };
  return {
    log,
    async freeze() {
      note('freeze');
      return session;
    },
    async startRestore() {
      note('start');
      return restoreSession(note);
    },
    async writeImages(dir, names, buffers) {
      note(`write ${names.length === 1 ? names[0] : 'images'}`);
      return buffers.map((bytes, i) => sum(join(dir, names[i] as string), bytes));
    },
    readImages: NODE_DISK.readImages,
    checksumFile: NODE_DISK.checksumFile,
    async commitDirectory(from, to) {
      note('commit');
      renameSync(from, to);
    },
    async syncDirectory() {
      note('sync');
    },
    async removeTree(path) {
      rmSync(path, { recursive: true });
    },
    hostFacts,
    socketInUse: () => false,
    // Somebody else has locked it: nothing is written down, and nobody takes anything back.
    lockFile: () => -1,
    processGroups: async () => outside?.groups ?? [],
    descriptorHolders: async () => outside?.holders ?? [],
  };
}

/** Tasks that do at once whatever they are told. */
function restoreSession(note: (what: string) => void): NativeRestoreSession {
  const fill = (what: string): NativeFillPipe => ({
    async pump(others) {
      note(`fill ${what}`);
      return [4096, ...(await after(others))];
    },
    progress: () => 4096,
    cancel() {},
  });
  return {
    hostPid: (pid) => pid,
    reached: async () => note('reached'),
    open: () => note('open'),
    parked: async () => note('parked'),
    fillPipe: (_dir, { pagesName }) => fill(pagesName),
    ghostFill: (_dir, { name }) => fill(name),
    finish: async () => note('finish'),
    isRunning: () => false,
    abort: async () => note('abort'),
    wait: async () => ({ code: 3 }),
    signal: (number) => note(`signal ${number}`),
  };
}

function sum(path: string, bytes: Uint8Array): { name: string; size: number; crc32: number } {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes, { mode: 0o600 });
  return { name: path.slice(path.lastIndexOf('/') + 1), size: statSync(path).size, crc32: crc32(readFileSync(path)) };
}

/** One page, of the heap. */
function pipe(
  dir: string,
  pagemap: string,
  pages: string,
  pagesId: number,
  note: (what: string) => void,
  what: string,
): NativeDumpPipe {
  const start = pagemap.includes('shmem') ? 0 : 0x50_0000;
  return {
    progress: () => 4096,
    cancel() {},
    async pump(others) {
      note(`pump ${what}`);
      const map = encodePagemap({ pagesId, runs: [{ start, pages: 1, flags: 4 }] });
      const files = [sum(join(dir, pages), Buffer.alloc(4096, 9)), sum(join(dir, pagemap), map)];
      return [{ pages: 1, bytes: 4096, files }, ...(await after(others))];
    },
  };
}

async function after<End>([next, ...rest]: readonly NativePipe<End>[]): Promise<(End | null)[]> {
  return (await next?.pump(rest)) ?? [];
}
