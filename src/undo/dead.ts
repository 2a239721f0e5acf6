// SPDX-License-Identifier: GPL-2.0-only

import { closeSync, fstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { causeOf } from '../errors/errno.js';
import type { NativeApi } from '../native/contract.js';
import type { NoteListener } from '../stages/progress.js';
import { sleep } from '../stages/wait.js';
import { type Found, readJournal } from './journal.js';
import { isOurs, stateDir } from './place.js';
import { isAlive, pidNamespace } from './process.js';
import { confirm, judgeBack, judgeConfirm, type Outcome, type Step, shown, takeBackJudged } from './steps.js';
import type { CleanedCommand, CleanedItem, CleanupOptions, CleanupReport } from './types.js';

const LOOK_MS = 10;
/** How often is looked whether the tasks of a killed restore are gone: their end takes 40 ms a GiB. */
const LOOKS = 300;

const WHAT = {
  directory: 'images that were not finished',
  made: 'a file of the restore',
  moved: 'a file that had been moved aside',
} as const;

/** Takes back what killed commands have left. Never rejects because of one of them: that is told, and tried again next time. */
export async function clearDead(
  native: Pick<NativeApi, 'lockFile'>,
  { dryRun = false }: CleanupOptions = {},
): Promise<CleanupReport> {
  const directory = stateDir();
  const commands: CleanedCommand[] = [];
  for (const path of journals(directory)) {
    const command = await clearOne(path, native, dryRun);
    if (command) commands.push(command);
  }
  return { stateDir: directory, dryRun, commands };
}

/** The same before a command begins, which must not fail for it. */
export async function clearBefore(native: Pick<NativeApi, 'lockFile'>, onNote?: NoteListener): Promise<void> {
  try {
    const { commands } = await clearDead(native);
    for (const { command, object, pid, items, postponed } of commands) {
      const told = items.map(({ fate, path, why }) => `${fate} ${path}${why === undefined ? '' : ` (${why})`}`);
      onNote?.(`cleanup after the ${command} of ${object} that was killed (pid ${pid}): ${postponed ?? told.join(', ')}`);
    }
  } catch (error) {
    onNote?.(`cleanup failed: ${error instanceof Error ? error.message : error}`);
  }
}

function journals(directory: string): string[] {
  if (!isOurs(directory)) return [];
  return readdirSync(directory)
    .sort()
    .map((name) => join(directory, name));
}

async function clearOne(path: string, native: Pick<NativeApi, 'lockFile'>, dryRun: boolean): Promise<CleanedCommand | undefined> {
  const fd = lock(path, native);
  if (fd === undefined) return undefined;
  try {
    // Somebody else was first.
    if (fstatSync(fd).nlink === 0) return undefined;
    const found = readJournal(fd);
    const cleared = found && (await clear(found, dryRun));
    const over = !cleared || (cleared.postponed === undefined && cleared.items.every(({ fate }) => fate !== 'left'));
    if (over && !dryRun) unlinkSync(path);
    return cleared;
  } catch (error) {
    return unreadable(path, error);
  } finally {
    closeSync(fd);
  }
}

/** Undefined: its author lives, or it is gone. */
function lock(path: string, native: Pick<NativeApi, 'lockFile'>): number | undefined {
  try {
    const fd = native.lockFile(path);
    return fd < 0 ? undefined : fd;
  } catch {
    return undefined;
  }
}

async function clear(found: Found, dryRun: boolean): Promise<CleanedCommand> {
  const { author, steps, tree } = found;
  const about = { command: author.command, object: author.object, pid: author.pid, began: new Date(author.began).toISOString() };
  const postponed = found.done ? undefined : await stillAtWork(found);
  if (postponed !== undefined) return { ...about, done: false, items: [], postponed };
  const done = found.done || (tree !== undefined && isAlive(tree));
  const judge = done ? judgeConfirm : judgeBack;
  // All are judged before any is touched: to take away what is in a folder changes the folder.
  const judged = steps.map((step) => ({ step, outcome: judge(step) }));
  const items = judged.reverse().map(({ step, outcome }): CleanedItem => {
    const acted = dryRun || outcome.fate === 'left' ? outcome : act(step, outcome, done);
    return { what: WHAT[step.kind], path: shown(step.kind === 'moved' && done ? step.kept : step.path), ...acted };
  });
  return { ...about, done, items: items.filter(({ fate }) => fate !== 'nothing to do') };
}

/**
 * Only the tasks of a restore die some moments after it, and only those who see its pids can tell. What lives on is a tree
 * that was let go.
 */
async function stillAtWork({ author, workers, tree }: Found): Promise<string | undefined> {
  const tasks = tree ? [...workers, tree] : workers;
  if (tasks.length === 0) return undefined;
  if (author.pidNamespace !== pidNamespace()) return 'it ran in another PID namespace: clean up there';
  for (let looks = 0; looks < LOOKS; looks++) {
    if (!tasks.some(isAlive)) return undefined;
    await sleep(LOOK_MS);
  }
  return tree && isAlive(tree) ? undefined : 'its tasks are still there';
}

function act(step: Step, outcome: Outcome, done: boolean): Outcome {
  try {
    if (done) confirm(step);
    else takeBackJudged(step);
    return outcome;
  } catch (error) {
    return { fate: 'left', why: causeOf(error) };
  }
}

function unreadable(path: string, error: unknown): CleanedCommand {
  const postponed = `its journal ${path} cannot be read: ${causeOf(error)}`;
  return { command: 'dump', object: 'unknown', pid: 0, began: '', done: false, items: [], postponed };
}
