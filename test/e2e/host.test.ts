// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { dump, type ErrorKind, restore, StasisError } from '../../src/index.js';
import { readBuildId } from '../../src/plan/build-id.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { buildPrograms, commandOf } from '../programs/build.js';
import { type Program, programs } from '../programs/catalogue.js';
import { Session } from '../programs/session.js';
import { Counter, counter } from './lib/counter.js';
import { dumpGone, library } from './lib/driver.js';
import { Menagerie } from './lib/menagerie.js';
import { anyLeft, killTree, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { WITH_PID } from './lib/with-pid.js';

/** Sound images on a host that is not as they need it: an error of its own for each, and nothing left behind. */
// One at a time: each looks for processes that are left over.
const test = needing({ root: true, programs: ['python3'] }).serial;

async function dumped(
  t: ExecutionContext,
): Promise<{ readonly menagerie: Menagerie; readonly images: string; readonly home: string }> {
  const folder = scratch(t);
  const [home, images] = [join(folder, 'home'), join(folder, 'images')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  await dumpGone(library, menagerie.pid, images);
  return { menagerie, images, home };
}

async function refused(t: ExecutionContext, imagesDir: string, message: RegExp, kind: ErrorKind = 'host'): Promise<void> {
  const error = await restore({ imagesDir, detach: true }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StasisError)) return t.fail(`${message}: ${error ?? 'restored all the same'}`);
  t.is(error.kind, kind, error.message);
  t.regex(error.message, message);
}

test('a pid that is taken', async (t) => {
  const folder = scratch(t);
  const [home, images] = [join(folder, 'home'), join(folder, 'images')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  await dump({ pid: menagerie.pid, imagesDir: images, after: 'run' });
  await refused(t, images, new RegExp(`pid ${menagerie.pid}.*taken by python3`));
  t.true(existsSync(`/proc/${menagerie.pid}`), 'the one that has it was harmed');
  await menagerie.proves(t);
});

test('a number that is taken by a process group whose leader has ended is told with who is in it', async (t) => {
  const { target, images } = await counter(t);
  await dumpGone(library, target.pid, images);
  execFileSync('/usr/bin/python3', ['-c', WITH_PID, `${target.pid}`, 'heir'], { stdio: 'ignore' });
  t.is(statusOf(target.pid, 'Name'), undefined);
  const error = await t.throwsAsync(restore({ imagesDir: images, detach: true }), { instanceOf: StasisError });
  const said =
    /^cannot restore pid (\d+): the pid is taken by a process group or session: pid (\d+) \(sleep\) is in it — end pid \2 /;
  const [, pid, heir] = said.exec(error?.message ?? '') ?? [error?.message];
  t.teardown(() => (heir === undefined ? undefined : killTree(Number(heir))));
  t.is(error?.kind, 'host');
  t.is(pid, `${target.pid}`);
  t.is(statusOf(Number(heir), 'Name'), 'sleep', 'the one that has it was harmed');
  await killTree(Number(heir));
  await library.restore(images);
  await target.counts();
});

/** That of a child, or of another thread, taken when the host has been looked at already. */
for (const [what, code] of [
  [
    'pid',
    `pid = os.fork()
if pid == 0: libc.pause()
object = pid`,
  ],
  ['thread id', `import threading; t = threading.Thread(target=libc.pause, daemon=True); t.start(); object = t.native_id`],
] as const) {
  test(`a ${what} that is taken while the tree is made is told with who has it`, async (t) => {
    const folder = scratch(t);
    const images = join(folder, 'images');
    const target = new Counter(t, folder, code);
    const number = Number(await target.ready());
    await dumpGone(library, target.pid, images);
    t.teardown(() => (statusOf(number, 'Name') === 'sleep' ? killTree(number) : undefined));
    let taken = false;
    const error = await restore({
      imagesDir: images,
      detach: true,
      onProgress({ stage }) {
        if (stage !== 'start' || taken) return;
        execFileSync('/usr/bin/python3', ['-c', WITH_PID, `${number}`], { stdio: 'ignore' });
        taken = true;
      },
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof StasisError)) return t.fail(`${error ?? 'restored all the same'}`);
    t.is(error.kind, 'host', error.message);
    t.regex(error.message, new RegExp(`its number, ${number}, is taken by sleep — end that process`));
    t.is(await anyLeft([target.pid]), undefined);
    t.is(statusOf(number, 'Name'), 'sleep', 'the one that has it was harmed');
    await killTree(number);
    await library.restore(images);
    await target.counts();
  });
}

/** A parent that takes note of its child's end as long after it as told, in seconds. The child writes its pid to a file, then sleeps. */
const PARENT = `
import os, sys, time
pid = os.fork()
if pid == 0:
    os.setsid()
    with open(sys.argv[1] + "~", "w") as file: file.write(str(os.getpid()))
    os.rename(sys.argv[1] + "~", sys.argv[1])
    while True: time.sleep(0.01)
while not open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].startswith(" Z"): time.sleep(0.01)
time.sleep(float(sys.argv[2]))
os.waitpid(pid, 0)
time.sleep(1000)
`;

async function dumpedChild(t: ExecutionContext, seconds: number): Promise<{ pid: number; parent: number; images: string }> {
  const folder = scratch(t);
  const [file, images] = [join(folder, 'pid'), join(folder, 'images')];
  const parent = launch(['/usr/bin/python3', '-c', PARENT, file, `${seconds}`]);
  t.teardown(() => killTree(parent));
  await until('there is a child', () => existsSync(file));
  const pid = Number(readFileSync(file, 'utf8'));
  t.teardown(() => killTree(pid));
  await dump({ pid, imagesDir: images });
  return { pid, parent, images };
}

test('a zombie whose parent takes two seconds to notice is waited for', async (t) => {
  const { pid, images } = await dumpedChild(t, 2);
  await restore({ imagesDir: images, detach: true });
  t.regex(statusOf(pid, 'State') ?? '', /^[RS]/);
});

test('a zombie whose parent does not wait for it is told with its parent', async (t) => {
  const { pid, parent, images } = await dumpedChild(t, 1000);
  await refused(
    t,
    images,
    new RegExp(
      `pid ${pid}: .*python3, which has ended, and pid ${parent} \\(python3\\), its parent.*when pid ${parent} .*waits for`,
    ),
  );
  t.is(statusOf(pid, 'State'), 'Z (zombie)');
});

test('a tree that was dumped just now may still be freeing its memory', async (t) => {
  const ballast = { ...(programs.find(({ name }) => name.startsWith('torture/ballast')) as Program), args: ['256', '2', '1'] };
  await buildPrograms([ballast]);
  const session = Session.start(ballast, { orphan: true });
  try {
    t.is(await session.first(), 'ready');
    const imagesDir = join(scratch(t), 'images');
    await dump({ pid: session.pid, imagesDir });
    await restore({ imagesDir, detach: true });
    t.regex(await session.go(), /^ok 1/);
  } finally {
    await session.end();
    await killTree(session.pid);
  }
});

test('the name of a socket that a living server has, though it bound it as a relative one', async (t) => {
  const folder = scratch(t);
  const [home, other, images] = [join(folder, 'home'), join(folder, 'other'), join(folder, 'images')];
  for (const made of [home, other]) mkdirSync(made);
  const code = `os.chdir(${JSON.stringify(home)}); os.path.exists("name") and os.unlink("name")
s = socket.socket(socket.AF_UNIX); s.bind("name"); s.listen(1); held += [s]`;
  const first = new Counter(t, folder, code);
  await first.ready();
  await dumpGone(library, first.pid, images);
  const second = new Counter(t, other, code);
  await second.ready();
  await refused(t, images, /home\/name: another socket has this name/);
  t.true(existsSync(join(home, 'name')));
  await second.counts();
  await killTree(second.pid);
  await restore({ imagesDir: images, detach: true });
  await first.counts();
});

test('of two restores at once the second fails, and leaves the sockets of the first alone', async (t) => {
  const { menagerie, images, home } = await dumped(t);
  const before = readdirSync(home).sort();
  const results = await Promise.allSettled([1, 2, 3].map(() => restore({ imagesDir: images, detach: true })));
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1);
  t.deepEqual(readdirSync(home).sort(), before);
  await menagerie.proves(t);
});

test('a file whose size has changed', async (t) => {
  const { menagerie, images, home } = await dumped(t);
  appendFileSync(join(home, 'regular'), 'x');
  const before = menagerie.files();
  await refused(t, images, /\/regular: its size was 13 bytes and is 14 now/);
  t.deepEqual(await menagerie.traces(), []);
  t.deepEqual(menagerie.files(), before);
  truncateSync(join(home, 'regular'), 13);
  await library.restore(images);
  await menagerie.proves(t);
});

test('a file that is missing, and one that has become a directory', async (t) => {
  const { menagerie, images, home } = await dumped(t);
  renameSync(join(home, 'regular'), join(home, 'elsewhere'));
  const before = menagerie.files();
  await refused(t, images, /\/regular: no such file/);
  t.deepEqual(await menagerie.traces(), []);
  t.deepEqual(menagerie.files(), before);
  mkdirSync(join(home, 'regular'));
  await refused(t, images, /\/regular: it is another type of file now/);
  t.deepEqual(await menagerie.traces(), []);
});

test('a folder that is missing: what lay in it is named', async (t) => {
  const { menagerie, images, home } = await dumped(t);
  renameSync(home, `${home}.away`);
  await refused(t, images, new RegExp(`${home}/regular: no such file`));
  t.false(existsSync(home), 'it was made again');
  renameSync(`${home}.away`, home);
  t.deepEqual(await menagerie.traces(), []);
  await library.restore(images);
  await menagerie.proves(t);
});

test('a port that is taken', async (t) => {
  const { menagerie, images } = await dumped(t);
  const before = menagerie.files();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(menagerie.port, '127.0.0.1', resolve));
  await refused(t, images, new RegExp(`127\\.0\\.0\\.1:${menagerie.port}.*address already in use`), 'restore');
  await new Promise((resolve) => server.close(resolve));
  t.deepEqual(await menagerie.traces(), []);
  t.deepEqual(menagerie.files(), before);
  await library.restore(images);
  await menagerie.proves(t);
});

test('a program whose build id has changed', async (t) => {
  const program = programs.find(({ name }) => name === 'tasks/proc-identity');
  if (program === undefined) throw new Error('the program is gone from the catalogue');
  await buildPrograms([program]);
  const folder = scratch(t);
  const [copy, report, images] = [join(folder, 'program'), join(folder, 'report'), join(folder, 'images')];
  copyFileSync(commandOf(program)[0], copy);
  chmodSync(copy, 0o755);
  writeFileSync(report, '');
  const pid = launch([copy, report]);
  t.teardown(() => killTree(pid));
  await until('the program is ready', () => readFileSync(report, 'utf8').startsWith('ready\n'));
  await dumpGone(library, pid, images);

  const whole = readFileSync(copy);
  const id = Buffer.from(readBuildId(copy) ?? []);
  t.is(id.length, 20);
  const other = Buffer.from(whole);
  other[other.indexOf(id)] = (id[0] ?? 0) ^ 1;
  writeFileSync(copy, other);
  await refused(t, images, new RegExp(`${copy}: its build id was ${id.toString('hex')} and is .* now`));
  t.is(await anyLeft([pid]), undefined);
  writeFileSync(copy, whole);
  await library.restore(images);
  writeFileSync(`${report}.go-1`, '');
  await until('the program is as it was', () => readFileSync(report, 'utf8') === 'ready\nok 1\n');
  writeFileSync(`${report}.end`, '');
  t.is(await anyLeft([pid]), undefined);
});

test('a working directory and a mapped file that are gone are called so', async (t) => {
  const folder = scratch(t);
  const [home, mapped, images] = [join(folder, 'home'), join(folder, 'mapped'), join(folder, 'images')];
  mkdirSync(home);
  writeFileSync(mapped, 'mapped');
  const code = `os.chdir(${JSON.stringify(home)}); fd = os.open(${JSON.stringify(mapped)}, os.O_RDONLY)
libc.mmap(0, 4096, 1, 1, fd, 0)
os.close(fd)`;
  const target = new Counter(t, folder, code);
  t.is(await target.ready(), '');
  await dumpGone(library, target.pid, images);
  renameSync(home, `${home}-away`);
  await refused(t, images, new RegExp(`cannot restore working directory of pid ${target.pid}: ${home}: no such file`));
  renameSync(`${home}-away`, home);
  renameSync(mapped, `${mapped}-away`);
  await refused(t, images, new RegExp(`cannot restore file mapped by pid ${target.pid}: ${mapped}: no such file`));
  renameSync(`${mapped}-away`, mapped);
  await library.restore(images);
  await target.counts();
});
