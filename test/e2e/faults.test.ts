// SPDX-License-Identifier: GPL-2.0-only
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { verifyImages } from '../../src/images/tools.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { BIN, type Outcome } from '../harness/stasis.js';
import type { Session } from '../programs/session.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced } from './lib/dump-process.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, attempt, killTree, processesBelow, threadsOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, started } from './lib/survivor.js';

/**
 * Something goes wrong at each step of a dump and of a restore, which name themselves (`STASIS_FAULT`, src/stages/fault.ts and
 * crates/fault). Afterwards the target runs on, or is whole on disk; nothing half is left, and the error says what it was.
 */
// One at a time: they look for processes that are left over.
const test = needing({ root: true, programs: ['python3'] }).serial;
type Kind = 'error' | 'panic' | 'kill' | 'enospc' | 'emfile' | 'enomem';
const KINDS: readonly Kind[] = ['error', 'panic', 'kill'];
/** These differ in what is said of them only: one at each step, in turns, or all of them with `STASIS_FAULTS=all`. */
const ERRNOS: readonly Kind[] = ['enospc', 'emfile', 'enomem'];
const ALL = process.env['STASIS_FAULTS'] === 'all';
const kindsAt = (nth: number): readonly Kind[] => [...KINDS, ...(ALL ? ERRNOS : [ERRNOS[nth % ERRNOS.length] as Kind])];
const TOLD: Readonly<Record<Kind, RegExp>> = {
  error: /i\/o error/,
  panic: /a fault was injected at/,
  kill: /^$/,
  enospc: /no space left on device/,
  emfile: /too many open files/,
  enomem: /not enough memory/,
};

/** Runs it with a fault, and gives up on it after a minute: it hangs then. */
function faulty(fault: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, STASIS_FAULT: fault, ...(fault.endsWith(':hang') ? { STASIS_DEADLINE: '1000' } : {}) };
    const options = { env, timeout: 60_000, killSignal: 'SIGABRT' } as const;
    execFile(BIN, [...args, '--json'], options, (error, stdout, stderr) => {
      const { code, signal } = (error ?? { code: 0 }) as { code?: number | null; signal?: NodeJS.Signals | null };
      resolve({ code: typeof code === 'number' ? code : null, signal: signal ?? null, stdout, stderr });
    });
  });
}

/** The steps that a command comes to, in order. */
async function stepsOf(t: ExecutionContext, file: string, ...args: string[]): Promise<string[]> {
  const { code, stdout } = await faulty(`list:${file}`, ...args);
  t.is(code, 0, stdout);
  const steps = [...new Set(readFileSync(file, 'utf8').trimEnd().split('\n'))];
  rmSync(file);
  return steps;
}

/** What the command said of its fault. It must have come. */
function told(t: ExecutionContext, step: string, kind: Kind, { code, signal, stdout, stderr }: Outcome): void {
  const where = `${step}:${kind}`;
  t.is(stderr.replace(/^stasis: .*\n/gm, ''), '', where);
  if (kind === 'kill') {
    t.is(signal, 'SIGKILL', `${where}: ${stdout}`);
    return;
  }
  t.is(signal, null, `${where}: it hangs, or crashed`);
  // A task that cannot be signalled is killed in another way.
  if (step.startsWith('dump.signal') && kind !== 'panic' && code === 0) return;
  t.true(code !== null && code > 0, `${where}: it went well`);
  const { error } = JSON.parse(stdout) as { readonly error: { readonly message: string; readonly kind: string } };
  t.regex(error.message, TOLD[kind], where);
  if (kind === 'panic') t.is(error.kind, 'internal', where);
  t.notRegex(error.message, /could not all be taken back/, where);
}

async function untraced(session: Session): Promise<void> {
  const tids = threadsOf(processesBelow(session.pid));
  await until('all are let go', () => !tids.some(isTraced));
}

async function isWhole(images: string): Promise<boolean> {
  if (!existsSync(images)) return false;
  const { problems, sealed } = await verifyImages(images);
  return sealed && problems.length === 0;
}

for (const mode of ['--leave-running', undefined] as const) {
  test(`whatever goes wrong in a dump${mode ? ` with ${mode}` : ''}, its target is there`, async (t) => {
    const folder = scratch(t);
    await alone(t, 'cores');
    const session = await started(t, 'torture/survivor');
    const images = join(folder, 'images');
    const args = ['dump', `${session.pid}`, '--images-dir', images, ...(mode ? [mode] : [])];
    const steps = await stepsOf(t, join(folder, 'steps'), ...args);
    if (!mode) await commandLine.restore(images);
    rmSync(images, { recursive: true });
    const ends = { ranOn: 0, onDisk: 0 };
    for (const [nth, step] of steps.entries()) {
      for (const kind of kindsAt(nth)) {
        const where = `${step}:${kind}`;
        const pids = processesBelow(session.pid);
        const outcome = await faulty(where, ...args);
        told(t, step, kind, outcome);
        await untraced(session);
        // Killed in the middle of killing: what is left of the tree is in the way of its images (ARCHITECTURE, limits).
        if (kind === 'kill' && /^dump\.signal-[1-9]/.test(step))
          for (const pid of pids) attempt(() => process.kill(pid, 'SIGKILL'));
        const left = readdirSync(folder);
        const whole = await isWhole(images);
        if (kind === 'kill') for (const name of left) name === 'images' || rmSync(join(folder, name), { recursive: true });
        else t.deepEqual(left, whole ? ['images'] : [], where);
        t.true(whole || !existsSync(images), `${where}: what is there is not whole`);
        if (await gone(session)) {
          t.true(whole, `${where}: neither is it on disk`);
          ends.onDisk += 1;
          await commandLine.restore(images);
        } else ends.ranOn += 1;
        rmSync(images, { recursive: true, force: true });
        await allAdvance(session).catch((error: unknown) => t.fail(`${where}: ${error}`));
      }
    }
    t.log(`${steps.length} steps, ${JSON.stringify(ends)}`);
    t.true(steps.length > 25 && ends.ranOn > 0 && (mode !== undefined || ends.onDisk > 0));
    t.regex(await session.go(), /^ok 1/);
    await dumpGone(commandLine, session.pid, images);
    await commandLine.restore(images);
    t.regex(await session.go(), /^ok 2/);
  });
}

for (const step of ['dump.frozen', 'dump.visit-3', 'dump.signal-1']) {
  test(`a dump that hangs at ${step} is given up, and its target let go`, async (t) => {
    const folder = scratch(t);
    await alone(t, 'cores');
    const session = await started(t, 'torture/survivor');
    const images = join(folder, 'images');
    const args = ['--images-dir', images, ...(step === 'dump.signal-1' ? [] : ['--leave-running'])];
    const { code, stdout } = await faulty(`${step}:hang`, 'dump', `${session.pid}`, ...args);
    t.is(code, 11, stdout);
    t.regex(stdout, /nothing came of it within 1s/);
    await untraced(session);
    if (step === 'dump.signal-1') {
      // The first of its tasks was killed already; its images are whole.
      t.true(await isWhole(images));
      await killTree(session.pid);
      await commandLine.restore(images);
    } else t.deepEqual(readdirSync(folder), []);
    await allAdvance(session);
    t.regex(await session.go(), /^ok 1/);
  });
}

/** Whether all of the tree is dead. @throws Error where only a part of it is */
async function gone(session: Session): Promise<boolean> {
  const state = (pid: number): string => /^State:\s*(.)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 'X';
  const dying = !existsSync(`/proc/${session.pid}`) || 'ZX'.includes(state(session.pid));
  if (!dying) return false;
  const left = await anyLeft([session.pid, ...threadsOf(processesBelow(session.pid))]);
  if (left !== undefined) throw new Error(left);
  return true;
}

test('whatever goes wrong in a restore, nothing of it is left, or all of the tree runs', async (t) => {
  const folder = scratch(t);
  const [home, images, pidfile] = [join(folder, 'home'), join(folder, 'images'), join(folder, 'pid')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  const ids = threadsOf(processesBelow(menagerie.pid));
  await dumpGone(commandLine, menagerie.pid, images);
  const before = menagerie.files();
  const args = ['restore', '--images-dir', images, '--detach', '--pidfile', pidfile];
  const again = async (): Promise<void> => {
    t.is(readFileSync(pidfile, 'utf8'), `${menagerie.pid}\n`);
    rmSync(pidfile);
    rmSync(images, { recursive: true });
    await dumpGone(commandLine, menagerie.pid, images);
  };
  const steps = await stepsOf(t, join(folder, 'steps'), ...args);
  await again();
  const ends = { nothing: 0, all: 0 };
  const { code, stdout } = await faulty('restore.held:hang', ...args);
  t.is(code, 12, stdout);
  t.is(await anyLeft(ids), undefined);
  t.deepEqual(menagerie.files(), before);
  for (const [nth, step] of steps.entries()) {
    for (const kind of kindsAt(nth)) {
      const where = `${step}:${kind}`;
      const outcome = await faulty(where, ...args);
      told(t, step, kind, outcome);
      const runs = existsSync(pidfile) && existsSync(`/proc/${menagerie.pid}`) && (await menagerieRuns(ids));
      if (runs) {
        ends.all += 1;
        await again();
        continue;
      }
      ends.nothing += 1;
      t.is(await anyLeft(ids), undefined, where);
      if (kind === 'kill') {
        rmSync(pidfile, { force: true });
        // What it had moved aside.
        for (const name of readdirSync(home)) {
          const path = /^(.*)\.stasis-\d+$/.exec(name)?.[1];
          if (path !== undefined) renameSync(join(home, name), join(home, path));
        }
      } else t.deepEqual(menagerie.files(), before, where);
      t.false(existsSync(pidfile), where);
    }
  }
  t.log(`${steps.length} steps, ${JSON.stringify(ends)}`);
  t.true(steps.length > 15 && ends.nothing > 0 && ends.all > 0);
  await commandLine.restore(images);
  await menagerie.proves(t);
});

/** Whether all of them are there, and stay. */
async function menagerieRuns(ids: readonly number[]): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    if (!ids.every((id) => existsSync(`/proc/${id}`))) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
