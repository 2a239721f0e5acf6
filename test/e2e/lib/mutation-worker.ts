// SPDX-License-Identifier: GPL-2.0-only
// Restores altered images, one after the other, in a PID namespace that it has for itself: FOLDER SEED COUNT. Prints a line of JSON
// for each fault, and one with the counts in the end. FOLDER/now has what is being tried, should this process end by it.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { restore, StasisError } from '../../../src/index.js';
import { dumpGone, library } from './driver.js';
import { Menagerie } from './menagerie.js';
import { Mutator, Random } from './mutate.js';
import { attempt, statusOf } from './processes.js';

const LIMIT_MS = 60_000;
/** Whatever else there is in this namespace came out of an image. */
const OURS = new Set([1, process.pid]);

async function main(folder: string, seed: number, count: number): Promise<void> {
  const home = join(folder, 'home');
  const images = join(folder, 'images');
  mkdirSync(home);
  const menagerie = await new Menagerie({ teardown: () => undefined } as never, home).ready();
  await dumpGone(library, menagerie.pid, images);
  writeFileSync(join(folder, 'now'), '');
  let before = hostOf(menagerie, folder);
  const names = new Set(readdirSync(home));
  const mutator = new Mutator(images);
  const counts: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const what = `seed ${seed + n}: ${mutator.mutate(new Random(seed + n))}`;
    writeFileSync(join(folder, 'now'), what);
    const outcome = await tried(images);
    counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1;
    const left = await cleared(outcome.kind === 'restored');
    // Sockets that it was bound to by another name are its own affair, if it has run.
    if (outcome.kind === 'restored') for (const name of readdirSync(home)) if (!names.has(name)) rmSync(join(home, name));
    const faults = [
      ...outcome.faults,
      ...left,
      ...(outcome.kind === 'restored' ? [] : differences(before, hostOf(menagerie, folder))),
    ];
    // What an altered tree has written while it ran is its own affair, too.
    if (outcome.kind === 'restored') before = hostOf(menagerie, folder);
    if (faults.length > 0) console.log(JSON.stringify({ what, faults }));
    mutator.mend();
  }
  await library.restore(images);
  console.log(JSON.stringify({ counts }));
  await cleared(true);
}

async function tried(imagesDir: string): Promise<{ kind: string; faults: string[] }> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    await restore({ imagesDir, detach: true, signal: limit });
    return { kind: 'restored', faults: [] };
  } catch (error) {
    if (limit.aborted) return { kind: 'hung', faults: [`no end within ${LIMIT_MS / 1000} s`] };
    if (!(error instanceof StasisError)) return { kind: 'thrown', faults: [`no StasisError: ${error}`] };
    const faults = error.kind === 'internal' ? [`internal: ${error.message}`] : [];
    return { kind: error.kind, faults };
  }
}

/** Ends every process of the namespace that is none of ours. What is left of a restore that failed is a fault. */
async function cleared(restored: boolean): Promise<string[]> {
  const faults: string[] = [];
  for (let look = 0; look < 2000; look++) {
    const pids = readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && !OURS.has(pid));
    if (pids.length === 0) return faults;
    // Tasks of a restore that has failed may still be on their way out.
    if (restored || look === 1000) {
      if (!restored) faults.push(...pids.map((pid) => `left: ${stateOf(pid)}`));
      for (const pid of pids) attempt(() => process.kill(pid, 'SIGKILL'));
    }
    await sleep(5);
  }
  const left = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && !OURS.has(pid));
  return [...faults, ...left.map((pid) => `cannot be ended: ${stateOf(pid)}`)];
}

function stateOf(pid: number): string {
  const lines = ['Name', 'State', 'PPid', 'TracerPid', 'SigPnd', 'ShdPnd'];
  const tasks = attempt(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return tasks.map((tid) => `${tid} ${lines.map((line) => `${line} ${statusOf(Number(tid), line)}`).join(' ')}`).join('; ');
}

function hostOf(menagerie: Menagerie, folder: string): string[] {
  return [...menagerie.files(), ...readdirSync(folder)];
}

function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `gone: ${one}`),
    ...after.filter((one) => !before.includes(one)).map((one) => `new: ${one}`),
  ];
}

const [folder = '', seed = '', count = ''] = process.argv.slice(2);
await main(folder, Number(seed), Number(count));
