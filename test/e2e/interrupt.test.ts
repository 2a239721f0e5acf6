// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import type { Outcome } from '../harness/stasis.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced, Running, waitHere } from './lib/dump-process.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, processesBelow, threadsOf } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, complaints, started } from './lib/survivor.js';

/** SIGINT and SIGTERM in the middle: a dump gives its target back, a restore removes what it has made; both say so. */
// One at a time: they wait without giving the event loop a turn, and look for processes that are left over.
const test = needing({ root: true, programs: ['python3'] }).serial;
const TRIES = 6;
/** So often where none came in the middle: on a busy machine what is to be interrupted may be over before the signal is sent. */
const MOST_TRIES = 30;
const goesOn = (tries: number, early: number): boolean => tries < (early > 0 ? TRIES : MOST_TRIES);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} in the middle of a dump gives the target back`, async (t) => {
    const folder = scratch(t);
    await alone(t, 'cores');
    const session = await started(t, 'torture/survivor');
    const images = join(folder, 'images');
    let early = 0;
    for (let n = 0; goesOn(n, early); n++) {
      const dump = new Running('dump', `${session.pid}`, '--images-dir', images, '--json');
      if (dump.freezes(session.pid)) waitHere(Math.random() * 10);
      dump.send(signal);
      dump.send(signal);
      const { code, stdout, stderr } = await dump.outcome;
      if (code === 0) {
        // The images were whole already: then the target is gone, as it should be.
        t.is(await anyLeft([session.pid]), undefined);
        await commandLine.restore(images);
        rmSync(images, { recursive: true });
        continue;
      }
      early += 1;
      t.is(code, 128 + constants.signals[signal], stdout + stderr);
      t.like(JSON.parse(stdout), {
        error: { kind: 'interrupted', object: `pid ${session.pid}`, cause: `interrupted by ${signal}` },
      });
      t.false(isTraced(session.pid));
      await allAdvance(session);
      t.is(complaints(session), '');
      t.deepEqual(readdirSync(folder), []);
    }
    t.log(`${early} of ${TRIES} dumps were interrupted before the images were whole`);
    t.true(early > 0);
    await dumpGone(commandLine, session.pid, images);
    await commandLine.restore(images);
    t.regex(await session.go(), /^ok 1/);
  });
}

test('a dump that is interrupted says so in one line', async (t) => {
  const folder = scratch(t);
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  const interrupted = async (images: string): Promise<Outcome> => {
    const dump = new Running('dump', `${session.pid}`, '--images-dir', images, '--leave-running');
    dump.freezes(session.pid);
    dump.send('SIGINT');
    return dump.outcome;
  };
  let outcome = await interrupted(join(folder, 'images-0'));
  for (let n = 1; outcome.code === 0 && n < MOST_TRIES; n++) outcome = await interrupted(join(folder, `images-${n}`));
  const { code, stdout, stderr } = outcome;
  t.is(code, 130);
  t.is(stdout, '');
  t.is(stderr, `stasis: cannot dump pid ${session.pid}: interrupted by SIGINT\n`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of a restore leaves nothing behind`, async (t) => {
    const folder = scratch(t);
    const [home, images, pidfile] = [join(folder, 'home'), join(folder, 'images'), join(folder, 'pid')];
    mkdirSync(home);
    const menagerie = await new Menagerie(t, home).ready();
    await dumpGone(commandLine, menagerie.pid, images);
    const before = menagerie.files();
    let early = 0;
    for (let n = 0; goesOn(n, early); n++) {
      const restore = new Running('restore', '--images-dir', images, '--detach', '--pidfile', pidfile, '--json');
      t.true(
        waitHere(60_000, () => existsSync(`/proc/${menagerie.pid}`)),
        'the root was never made',
      );
      waitHere(Math.random() * 6);
      restore.send(signal);
      const { code, stdout, stderr } = await restore.outcome;
      if (code === 0) {
        // It ran already: there was nothing to take back. What is whole is whole.
        t.is(readFileSync(pidfile, 'utf8'), `${menagerie.pid}\n`);
        await dumpGone(commandLine, menagerie.pid, `${images}-${n}`);
        rmSync(pidfile);
        continue;
      }
      early += 1;
      t.is(code, 128 + constants.signals[signal], stdout + stderr);
      t.like(JSON.parse(stdout), { error: { kind: 'interrupted', object: images } });
      t.deepEqual(await menagerie.traces(), []);
      t.deepEqual(menagerie.files(), before);
      t.false(existsSync(pidfile));
    }
    t.log(`${early} of ${TRIES} restores were interrupted before the tree ran`);
    t.true(early > 0);
    await commandLine.restore(images);
    await menagerie.proves(t);
  });
}

test('SIGKILL in the middle of a restore leaves no process behind', async (t) => {
  const folder = scratch(t);
  const [home, images] = [join(folder, 'home'), join(folder, 'images')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  const ids = threadsOf(processesBelow(menagerie.pid));
  await dumpGone(commandLine, menagerie.pid, images);
  let early = 0;
  for (let n = 0; goesOn(n, early); n++) {
    const restore = new Running('restore', '--images-dir', images, '--detach');
    t.true(
      waitHere(60_000, () => existsSync(`/proc/${menagerie.pid}`)),
      'the root was never made',
    );
    restore.send('SIGKILL');
    const { signal, code } = await restore.outcome;
    if (code === 0) {
      // It was over before the signal was sent.
      await dumpGone(commandLine, menagerie.pid, `${images}-${n}`);
      continue;
    }
    early += 1;
    t.is(signal, 'SIGKILL');
    t.is(await anyLeft(ids), undefined);
  }
  t.true(early > 0);
  await commandLine.restore(images);
  await menagerie.proves(t);
});
