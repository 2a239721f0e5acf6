// SPDX-License-Identifier: GPL-2.0-only
import { lstatSync, renameSync, rmdirSync, rmSync, type Stats, unlinkSync } from 'node:fs';

/** Which inode it is. Decimal: inode numbers have 64 bits. */
export interface Identity {
  readonly dev: string;
  readonly ino: string;
}

/**
 * A change of the host that is to be taken back, should the work come to nothing. Told before it is made. Paths are bytes,
 * written as latin1, and absolute.
 */
export type Step =
  /** A directory that only we know of, with all that is in it. `is`: once it is made. */
  | { readonly kind: 'directory'; readonly path: string; readonly is?: Identity }
  /** A file, socket or empty directory that we, or the tree, make. `at`: wall clock, in ms, when that was about to happen. */
  | { readonly kind: 'made'; readonly path: string; readonly folder: boolean; readonly at: number }
  /** A file that gives way to one of the tree's. */
  | { readonly kind: 'moved'; readonly path: string; readonly kept: string; readonly is: Identity; readonly at: number };

/** What has become of it. `left`: it is not, or not surely, what the step was about. */
export type Fate = 'removed' | 'brought back' | 'nothing to do' | 'left';

export interface Outcome {
  readonly fate: Fate;
  readonly why?: string;
}

/** Whoever made something made it this soon after it was told; what has changed later is somebody else's by now. */
const SOON_MS = 60_000;
/** File systems that keep times by a coarse clock are behind. */
const COARSE_MS = 20;

const NOTHING: Outcome = { fate: 'nothing to do' };

/** Takes a step of our own back. @throws what node:fs throws */
export function takeBack(step: Step): void {
  if (step.kind === 'directory') rmSync(bytes(step.path), { recursive: true, force: true });
  else if (step.kind === 'moved') quietly(() => renameSync(bytes(step.kept), bytes(step.path)));
  else quietly(() => (step.folder ? rmdirSync(bytes(step.path)) : unlinkSync(bytes(step.path))));
}

/** The work has been done: what was kept for its failure goes. */
export function confirm(step: Step): void {
  if (step.kind === 'moved') rmSync(bytes(step.kept), { force: true, recursive: true });
}

/**
 * What taking back a step of somebody who died would do. Anything may have happened since, so it must still be what it
 * was, which is looked at before any step is taken.
 */
export function judgeBack(step: Step): Outcome {
  const stats = look(step.kind === 'moved' ? step.kept : step.path);
  if (!stats) return NOTHING;
  switch (step.kind) {
    case 'directory':
      if (!stats.isDirectory()) return left('it is no directory any more');
      return step.is && !isSame(stats, step.is) ? left('it is another directory by now') : { fate: 'removed' };
    case 'made':
      return isOf(stats, step.at) ? { fate: 'removed' } : left('it has changed since, so it may be somebody else’s');
    case 'moved': {
      if (!isSame(stats, step.is)) return left('it is another file by now');
      const there = look(step.path);
      return !there || isOf(there, step.at) ? { fate: 'brought back' } : left(`there is a newer ${shown(step.path)}`);
    }
  }
}

/** What settling a step of somebody who died after its work was done would do. */
export function judgeConfirm(step: Step): Outcome {
  if (step.kind !== 'moved') return NOTHING;
  const stats = look(step.kept);
  if (!stats) return NOTHING;
  return isSame(stats, step.is) ? { fate: 'removed' } : left('it is another file by now');
}

/** A directory of which nobody knows whether it was made goes only if it is empty. @throws what node:fs throws */
export function takeBackJudged(step: Step): void {
  if (step.kind === 'directory' && !step.is) quietly(() => rmdirSync(bytes(step.path)));
  else takeBack(step);
}

export function identify(path: string): Identity | undefined {
  const stats = lstatSync(bytes(path), { throwIfNoEntry: false, bigint: true });
  return stats && { dev: String(stats.dev), ino: String(stats.ino) };
}

export function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A path as the steps have it. */
export function pathOf(path: string | Uint8Array): string {
  return Buffer.from(path as string).toString('latin1');
}

/** The same for people. */
export function shown(path: string): string {
  return bytes(path).toString();
}

interface Found extends Identity {
  readonly ctimeMs: number;
  isDirectory(): boolean;
}

function look(path: string): Found | undefined {
  const stats = lstatSync(bytes(path), { throwIfNoEntry: false, bigint: true });
  return (
    stats && {
      dev: String(stats.dev),
      ino: String(stats.ino),
      ctimeMs: Number(stats.ctimeMs),
      isDirectory: () => stats.isDirectory(),
    }
  );
}

function isSame(found: Identity, { dev, ino }: Identity): boolean {
  return found.dev === dev && found.ino === ino;
}

/** By the time at which its inode was last changed: made, or given a name, owner or mode. Nobody can set that to another. */
function isOf({ ctimeMs }: Pick<Stats, 'ctimeMs'>, at: number): boolean {
  return ctimeMs >= at - COARSE_MS && ctimeMs <= at + SOON_MS;
}

function left(why: string): Outcome {
  return { fate: 'left', why };
}

/** What was never made need not be taken back. */
function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
