// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { dump, restore, StasisError } from '../../src/index.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { stasisJson } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { dumpGone, library } from './lib/driver.js';
import { anyLeft, killTree } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** Trees that a restore could not bring back here: the dump says so before the kill, and they run on. */
const test = needing({ root: true, programs: ['python3'] }).serial;

/** A process that is nobody's child: outside of the tree, with all that it had open at that time. `{}`: what it does first. */
const OUTSIDER = `import time
r, w = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        {}
        os.write(w, str(os.getpid()).encode())
        os.close(r), os.close(w)
        time.sleep(1000)
    os._exit(0)
os.wait()
object = os.read(r, 20).decode()
os.close(r), os.close(w)
`;
const ELSEWHERE = 'os.setsid()';

interface Case {
  readonly counter: Counter;
  readonly folder: string;
  readonly images: string;
  /** What the code left in `object`. */
  readonly said: string;
}

async function started(t: ExecutionContext, code: (home: string) => string): Promise<Case> {
  const folder = scratch(t);
  const home = join(folder, 'home');
  mkdirSync(home);
  const counter = new Counter(t, folder, code(home));
  const said = await counter.ready();
  if (Number(said) > 0) t.teardown(() => killTree(Number(said)));
  return { counter, folder, images: join(folder, 'images'), said };
}

/** Refused, alive, and nothing on disk; once `amended`, it is dumped and comes back. */
async function refusedThenDumped(t: ExecutionContext, of: Case, message: RegExp, amended: () => unknown): Promise<void> {
  const { counter, folder, images } = of;
  const before = readdirSync(folder);
  const error = await t.throwsAsync(dump({ pid: counter.pid, imagesDir: images }), { instanceOf: StasisError });
  t.is(error?.kind, 'host', error?.message);
  t.regex(error?.message ?? '', /^cannot dump pid \d+ \(python3\): it could not be restored here: /);
  t.regex(error?.message ?? '', message);
  t.deepEqual(readdirSync(folder), before);
  await counter.counts();
  await amended();
  await dumpGone(library, counter.pid, images);
  await library.restore(images);
  await counter.counts();
}

test('a process outside that is in the session of the tree keeps its number', async (t) => {
  const of = await started(t, () => OUTSIDER.replace('{}', 'pass'));
  const message = new RegExp(`pid ${of.counter.pid}: the number stays taken: pid ${of.said} \\(python3\\)`);
  await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
});

test('a process outside that has the listening socket, too, keeps its port', async (t) => {
  const listen = `s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(3); held += [s]\n`;
  const of = await started(t, () => listen + OUTSIDER.replace('{}', ELSEWHERE));
  const message = new RegExp(`TCP socket at 127\\.0\\.0\\.1:\\d+: it stays in use: pid ${of.said} \\(python3\\)`);
  await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
});

for (const [what, name] of [
  ['path', 'HOME/socket'],
  ['name without a file', '\\0stasis-look-HOME'],
] as const) {
  test(`a process outside that has the unix socket, too, keeps its ${what}`, async (t) => {
    const listen = (home: string): string =>
      `s = socket.socket(socket.AF_UNIX); s.bind("${name.replace('HOME', home)}"); s.listen(3); held += [s]\n`;
    const of = await started(t, (home) => listen(home) + OUTSIDER.replace('{}', ELSEWHERE));
    const message = new RegExp(`unix socket .*: it stays in use: pid ${of.said} \\(python3\\)`);
    await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
  });
}

test('a process outside that has the file, too, keeps its lock', async (t) => {
  const lock = (home: string): string =>
    `import fcntl\nf = open("${home}/locked", "w"); fcntl.flock(f, fcntl.LOCK_EX); held += [f]\n`;
  const of = await started(t, (home) => lock(home) + OUTSIDER.replace('{}', ELSEWHERE));
  const message = new RegExp(`lock of fd \\d+ of pid ${of.counter.pid}: it stays in use: pid ${of.said} \\(python3\\)`);
  await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
});

test('a process outside that has the FIFO, too, keeps what is unread in it', async (t) => {
  const fifo = (home: string): string =>
    `os.mkfifo("${home}/fifo"); f = os.open("${home}/fifo", os.O_RDWR); os.write(f, b"unread")\n`;
  const of = await started(t, (home) => fifo(home) + OUTSIDER.replace('{}', ELSEWHERE));
  const message = new RegExp(`FIFO .*/home/fifo with what is unread in it: it stays in use: pid ${of.said} \\(python3\\)`);
  await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
});

test('a process outside that has the pseudo-terminal, too, keeps its number, and is told', async (t) => {
  await alone(t, 'terminals');
  const of = await started(t, () => `import pty; held += pty.openpty()\n${OUTSIDER.replace('{}', ELSEWHERE)}`);
  const message = new RegExp(`pseudo-terminal.*: it stays in use: pid ${of.said} \\(python3\\), which is not in the tree`);
  await refusedThenDumped(t, of, message, () => killTree(Number(of.said)));
});

test('who has a pseudo-terminal that a restore needs is told', async (t) => {
  await alone(t, 'terminals');
  const { counter, images, said } = await started(
    t,
    () => `import pty; held += pty.openpty()\n${OUTSIDER.replace('{}', ELSEWHERE)}`,
  );
  t.is((await stasisJson('dump', `${counter.pid}`, '-D', images, '--no-look')).code, 0);
  t.is(await anyLeft([counter.pid]), undefined);
  const error = await t.throwsAsync(restore({ imagesDir: images, detach: true }), { instanceOf: StasisError });
  t.is(error?.kind, 'host', error?.message);
  t.regex(error?.message ?? '', new RegExp(`/dev/pts/\\d+ is in use by pid ${said} \\(python3\\) — end pid ${said}`));
  await killTree(Number(said));
  await library.restore(images);
  await counter.counts();
});

test('a file that was opened for writing, whose folder is read-only by now', async (t) => {
  const of = await started(t, (home) => `f = open("${home}/file", "w"); held += [f]\n`);
  const home = join(of.folder, 'home');
  const mount = (...args: string[]): void => {
    t.is(spawnSync('mount', args).status, 0);
  };
  t.teardown(() => spawnSync('umount', ['-l', home]));
  mount('--bind', home, home);
  mount('-o', 'remount,bind,ro', home);
  await refusedThenDumped(t, of, /fd \d+ of pid \d+: .*\/home\/file: it would be opened for writing/, () =>
    mount('-o', 'remount,bind,rw', home),
  );
});

test('address spaces without a hole for the interpreter', async (t) => {
  // PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE: as much as there is, in pieces that get smaller.
  const reserve = `
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
size = 1 << 46
while size >= 1 << 19:
    at = libc.mmap(None, size, 0, 0x4022, -1, 0)
    if at == ctypes.c_void_p(-1).value: size >>= 1
    else: held.append((at, size))
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
import signal
def free(*_):
    for pid in children: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)
    for at, size in held:
        if size > 1 << 30: libc.munmap(at, size)
signal.signal(signal.SIGUSR1, free)
# Each takes room of the interpreter's, which no piece that is left has.
children = []
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        while True: signal.pause()
    children.append(pid)
`;
  const of = await started(t, () => reserve);
  await refusedThenDumped(
    t,
    of,
    /cannot place the restorer: it needs \d+ KiB of addresses that no task of the tree uses/,
    async () => {
      process.kill(of.counter.pid, 'SIGUSR1');
      await of.counter.counts();
    },
  );
});

test('what is meant for another host is dumped all the same, and what stays stopped with a warning', async (t) => {
  const listen = `s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(3); held += [s]\n`;
  const { counter, said, images } = await started(t, () => listen + OUTSIDER.replace('{}', ELSEWHERE));
  const stopped = await stasisJson('dump', `${counter.pid}`, '-D', `${images}.stopped`, '--leave-stopped');
  t.is(stopped.code, 0);
  const { warnings } = stopped.json as { readonly warnings: readonly string[] };
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', new RegExp(`^the tree could not be restored here: TCP socket at .*: pid ${said} \\(python3\\)`));
  process.kill(counter.pid, 'SIGCONT');
  await counter.counts();

  const refused = await stasisJson('dump', `${counter.pid}`, '-D', images);
  t.is(refused.code, 9);
  t.like(refused.json, { error: { kind: 'host', details: { stage: 'look', pid: counter.pid } } });
  await counter.counts();

  t.is((await stasisJson('dump', `${counter.pid}`, '-D', images, '--no-look')).code, 0);
  await killTree(Number(said));
  await library.restore(images);
  await counter.counts();
});

test('a file that only takes what is appended by now', async (t) => {
  const of = await started(t, (home) => `o = open("${home}/only", "w"); held += [o]`);
  const only = join(of.folder, 'home/only');
  if (spawnSync('chattr', ['+a', only]).status !== 0) {
    t.pass('this file system has no attributes');
    return;
  }
  t.teardown(() => spawnSync('chattr', ['-a', only]));
  await refusedThenDumped(t, of, /home\/only: .*append-only/, () => spawnSync('chattr', ['-a', only]));
});
