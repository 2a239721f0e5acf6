// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { type Outcome, stasis, stasisJson } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced, Running, waitHere } from './lib/dump-process.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, attempt, processesBelow, threadsOf } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, complaints, started } from './lib/survivor.js';

/** SIGINT and SIGTERM in the middle: a dump gives its target back, a restore removes what it has made; both say so. */
// One at a time: they wait without giving the event loop a turn, and look for processes that are left over.
const test = needing({ root: true, programs: ['python3'] }).serial;
const TRIES = 6;
const GHOSTS = 900;
/** So often where none came in the middle: on a busy machine what is to be interrupted may be over before the signal is sent. */
const MOST_TRIES = 30;
/** A killed tree is gone by then; one that is not runs, or is noticed by the dump that follows. */
const WHOLE_S = 10;
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

test('SIGKILL in the middle of a restore leaves no process behind, and what else it leaves is taken back', async (t) => {
  const folder = scratch(t);
  const [home, images, pidfile, state] = ['home', 'images', 'pid', 'state'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  // Of its own: commands of other tests clear what these leave, too.
  process.env['STASIS_STATE_DIR'] = state;
  t.teardown(() => delete process.env['STASIS_STATE_DIR']);
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  const ids = threadsOf(processesBelow(menagerie.pid));
  await dumpGone(commandLine, menagerie.pid, images);
  const before = menagerie.files();
  let inodes = menagerie.inodes();
  const seen = { aside: 0, running: 0 };
  let early = 0;
  for (let n = 0; goesOn(n, Math.min(early, seen.aside)); n++) {
    const restore = new Running('restore', '--images-dir', images, '--detach', '--pidfile', pidfile);
    t.true(
      waitHere(60_000, () => existsSync(`/proc/${menagerie.pid}`)),
      'the root was never made',
    );
    // Old sockets are aside until the tree runs.
    if (n % 2 === 1) waitHere(1000, () => readdirSync(home).some((name) => name.includes('.stasis-')));
    restore.send('SIGKILL');
    const { signal, code } = await restore.outcome;
    if (code === 0 || (await anyLeft(ids, WHOLE_S)) !== undefined) {
      // It was over before the signal was sent, or the tree ran at least: then it keeps what it has made.
      const { code, stdout } = await stasisJson('cleanup');
      t.is(code, 0, stdout);
      seen.running += 1;
      await dumpGone(commandLine, menagerie.pid, `${images}-${n}`);
      rmSync(pidfile);
      inodes = menagerie.inodes();
      continue;
    }
    early += 1;
    t.is(signal, 'SIGKILL');
    const left = readdirSync(home);
    seen.aside += Number(left.some((name) => name.includes('.stasis-')));
    const dry = await stasisJson('cleanup', '--dry-run');
    t.deepEqual(readdirSync(home), left);
    const cleaned = await stasisJson('cleanup');
    t.is(cleaned.code, 0, cleaned.stdout);
    const fates = ({ json }: typeof dry): unknown =>
      (json as { commands: { items: unknown }[] }).commands.map(({ items }) => items);
    t.deepEqual(fates(cleaned), fates(dry));
    t.deepEqual(menagerie.files(), before, cleaned.stdout);
    t.deepEqual(menagerie.inodes(), inodes, 'a socket that was moved aside is another one now');
    t.false(existsSync(pidfile));
    t.deepEqual(existsSync(state) ? readdirSync(state) : [], []);
  }
  t.log(`${early} restores were killed before the tree ran; ${JSON.stringify(seen)}`);
  t.true(early > 0);
  await commandLine.restore(images);
  await menagerie.proves(t);
});

test('names that a killed restore had given to deleted files are taken back by the next one', async (t) => {
  const [home, folder] = [scratch(t), scratch(t)];
  process.env['STASIS_STATE_DIR'] = join(folder, 'state');
  t.teardown(() => delete process.env['STASIS_STATE_DIR']);
  // So many that there is time to see them. One number stays free.
  const code = `for n in range(${GHOSTS}):
    held.append(open(f"${home}/ghost-{n}", "w")); os.unlink(f"${home}/ghost-{n}")
held.pop(5).close()`;
  const target = new Counter(t, folder, code);
  await target.ready();
  const images = join(folder, 'images');
  await dumpGone(commandLine, target.pid, images);
  let caught = 0;
  for (let n = 0; caught < 3 && n < MOST_TRIES; n++) {
    const restore = new Running('restore', '--images-dir', images, '--detach');
    waitHere(60_000, () => readdirSync(home).length > 0 || restore.hasEnded);
    // Both, as when a whole group is killed: the tree by itself goes on to where it waits for the restore, and takes the names away.
    restore.send('SIGKILL');
    attempt(() => process.kill(target.pid, 'SIGKILL'));
    await restore.outcome;
    const left = readdirSync(home).length;
    if ((await anyLeft([target.pid], WHOLE_S)) !== undefined) {
      await dumpGone(commandLine, target.pid, `${images}-${n}`);
      continue;
    }
    caught += Number(left > 0);
    t.is((await stasis('restore', '--images-dir', images, '--plan')).code, 0);
    t.is(readdirSync(home).length, left, 'a plan touches nothing');
    await commandLine.restore(images);
    t.deepEqual(readdirSync(home), []);
    const links = readdirSync(`/proc/${target.pid}/fd`).map((fd) => readlinkSync(`/proc/${target.pid}/fd/${fd}`));
    t.is(links.filter((link) => link.startsWith(`${home}/ghost-`)).length, GHOSTS - 1, 'a name was not free');
    await dumpGone(commandLine, target.pid, `${images}-again-${n}`);
  }
  t.is(caught, 3);
  await commandLine.restore(images);
  await target.counts();
});
