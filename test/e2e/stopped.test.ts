// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from '../harness/alone.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced, Running, waitHere } from './lib/dump-process.js';
import { attempt, killTree, processesBelow, statusOf, threadsOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, complaints, started } from './lib/survivor.js';

/** Processes that are stopped already when they are dumped, and one that cannot be stopped. */
// One at a time: one of them waits without giving the event loop a turn.
const test = needing({ root: true, programs: ['python3'] }).serial;
const KILLS = 20;
/** While the target is still held by a dump that was left to itself for so long, at most. */
const HELD_MS = 30;

function allStopped(pid: number): boolean {
  const state = (tid: number): string | undefined =>
    attempt(() => /^State:\s*(.)/m.exec(readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1'))?.[1]);
  const states = threadsOf([pid]).map(state);
  return states.length > 1 && states.every((state) => state === 'T');
}

test('what was left stopped is dumped again, restored stopped, and goes on when it is continued', async (t) => {
  const folder = scratch(t);
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  const images = join(folder, 'images');
  for (let round = 1; round <= 3; round++) {
    const { code, stderr } = await stasis('dump', `${session.pid}`, '--images-dir', `${images}-${round}`, '--leave-stopped');
    t.is(code, 0, stderr);
    await until('all its threads are stopped', () => allStopped(session.pid));
    await dumpGone(commandLine, session.pid, images);
    await commandLine.restore(images);
    await until('all its threads are stopped again', () => allStopped(session.pid));
    await dumpGone(commandLine, session.pid, `${images}-again`);
    await commandLine.restore(`${images}-again`);
    await until('all its threads are stopped once more', () => allStopped(session.pid));
    // Each process of the tree was stopped.
    for (const pid of processesBelow(session.pid)) process.kill(pid, 'SIGCONT');
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    await allAdvance(session);
    t.regex(await session.go(), new RegExp(`^ok ${round}`));
  }
});

test(`a stopped target stays stopped through ${KILLS} kills of its dump, and goes on when it is continued`, async (t) => {
  const folder = scratch(t);
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  let held = 0;
  for (let n = 1; n <= KILLS; n++) {
    process.kill(session.pid, 'SIGSTOP');
    await until('all its threads are stopped', () => allStopped(session.pid));
    const dump = new Running('dump', `${session.pid}`, '--images-dir', join(folder, `images-${n}`), '--leave-running');
    if (dump.freezes(session.pid)) waitHere(Math.random() * HELD_MS);
    held += isTraced(session.pid) ? 1 : 0;
    dump.send('SIGKILL');
    await dump.outcome;
    await until('all its threads are stopped', () => !isTraced(session.pid) && allStopped(session.pid));
    process.kill(session.pid, 'SIGCONT');
    await allAdvance(session);
    t.is(complaints(session), '');
  }
  t.log(`${held} of ${KILLS} kills came while it was held`);
  t.true(held > 0);
  t.regex(await session.go(), /^ok 1/);
});

/** posix_spawn(3) makes a child that shares its memory, and goes on when that has executed a program, or failed to: the child opens a FIFO first. */
const SPAWN = `
import os, sys, time
try: os.posix_spawn("/nowhere", ["nowhere"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)])
except FileNotFoundError: pass
while True: time.sleep(0.01)
`;

/** Its main thread ends, another one counts in a file. `child`: it is a child of one that waits for it. */
const WITHOUT_MAIN = `
import ctypes, os, sys, threading, time
if sys.argv[2] == "child":
    pid = os.fork()
    if pid: os.waitpid(pid, 0); sys.exit()
def count():
    while True:
        with open(sys.argv[1], "a") as file: file.write("x")
        time.sleep(0.01)
threading.Thread(target=count).start()
ctypes.CDLL(None).syscall(60, 0)
`;

for (const whose of ['root', 'child']) {
  test(`a process whose main thread has ended is refused by name and runs on: ${whose}`, async (t) => {
    const folder = scratch(t);
    const [file, images] = [join(folder, 'count'), join(folder, 'images')];
    const root = launch(['/usr/bin/python3', '-c', WITHOUT_MAIN, file, whose]);
    t.teardown(() => killTree(root));
    const ended = (pid: number | undefined) => pid !== undefined && statusOf(pid, 'State')?.startsWith('Z') && pid;
    const pid = await until('its main thread has ended', () => ended(processesBelow(root).at(whose === 'root' ? 0 : 1)));
    const grown = async () => {
      const before = existsSync(file) ? statSync(file).size : 0;
      await until('it goes on', () => existsSync(file) && statSync(file).size > before);
    };
    await grown();
    const { code, json } = await stasisJson('dump', `${root}`, '--images-dir', images);
    t.is(code, 3, JSON.stringify(json));
    t.regex(JSON.stringify(json), new RegExp(`pid ${pid} \\(python3\\): its main thread has ended while others run on`));
    t.is((await stasisJson('inspect', `${root}`)).code, 3);
    t.false(existsSync(images));
    t.deepEqual(threadsOf(processesBelow(root)).filter(isTraced), []);
    await grown();
  });
}

test('a parent in vfork(2) is refused by name and runs on, and is dumped when its child has ended', async (t) => {
  const folder = scratch(t);
  const [fifo, images] = [join(folder, 'fifo'), join(folder, 'images')];
  execFileSync('mkfifo', [fifo]);
  const pid = launch(['/usr/bin/python3', '-c', SPAWN, fifo]);
  t.teardown(() => killTree(pid));
  const asleep = (): boolean => (statusOf(pid, 'State') ?? '').startsWith('D') && processesBelow(pid).length === 2;
  await until('it is in vfork', asleep);
  const child = processesBelow(pid)[1];
  const { code, json } = await stasisJson('dump', `${pid}`, '--images-dir', images);
  t.is(code, 3, JSON.stringify(json));
  t.like(json, { error: { kind: 'unsupported' } });
  t.regex(JSON.stringify(json), new RegExp(`vfork\\(2\\) and waits for its child ${child} \\(python3\\)`));
  t.true(asleep());
  t.false(isTraced(pid));
  t.deepEqual(readdirSync(folder), ['fifo']);
  // The child ends while the next dump waits for that.
  const dump = new Running('dump', `${pid}`, '--images-dir', images);
  await until('the dump has met it', () => isTraced(pid));
  closeSync(openSync(fifo, 'w'));
  const { code: then, stderr } = await dump.outcome;
  t.is(then, 0, stderr);
  await until('it is gone', () => !existsSync(`/proc/${pid}`));
  await commandLine.restore(images);
  t.deepEqual(processesBelow(pid), [pid]);
});
