// SPDX-License-Identifier: GPL-2.0-only
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { alone } from '../harness/alone.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf, stasis } from '../harness/stasis.js';
import { anyLeft, attempt, killTree, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

const test = needing({ root: true, programs: ['python3', 'script', 'pgrep'] });

/** Writes a line for each signal; SIGRTMIN makes it exit with 7. `memory`: bytes that are all different from zero. */
const TARGET = `
import os, signal, sys, time
os.closerange(3, 4096)
path, memory, *names = sys.argv[1:]
ballast = b'x' * int(memory)
log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def say(line):
    os.write(log, line.encode() + b'\\n') # one call: handlers may interrupt each other, and print() must not be
for name in names:
    signal.signal(signal.Signals[name], lambda number, frame: say(signal.Signals(number).name))
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGRTMIN, lambda number, frame: sys.exit(7))
say('ready')
while True:
    time.sleep(0.05) # pause() would sleep on where a signal comes just before it
`;
const SIGNALS = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGWINCH',
  'SIGCONT',
  'SIGTSTP',
] as const;

interface Dumped {
  readonly pid: number;
  readonly images: string;
  /** What the target has written since it was restored. */
  said(): string[];
}

/** A target that was started, dumped and is gone. */
async function dumped(t: ExecutionContext, handled: readonly string[] = [], memory = 0): Promise<Dumped> {
  const { log, command, folder } = target(t, handled, memory);
  const pid = launch(command);
  await until('the target is ready', () => lines(log).includes('ready'));
  return dumpOf(t, pid, join(folder, 'images'), log);
}

function target(t: ExecutionContext, handled: readonly string[], memory = 0): { log: string; command: string[]; folder: string } {
  const folder = scratch(t);
  const [log, script] = [join(folder, 'log'), join(folder, 'target.py')];
  writeFileSync(log, '');
  writeFileSync(script, TARGET);
  return { folder, log, command: ['python3', script, log, String(memory), ...handled] };
}

async function dumpOf(t: ExecutionContext, pid: number, images: string, log: string, ...flags: string[]): Promise<Dumped> {
  const { code, stderr } = await stasis('dump', String(pid), '-D', images, ...flags);
  t.is(stderr, '');
  t.is(code, 0);
  // Whatever looks for the restored tree by its pid must not find the dying one.
  t.is(await anyLeft([pid]), undefined);
  const before = lines(log).length;
  t.teardown(() => killTree(pid));
  return { pid, images, said: () => lines(log).slice(before) };
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** A command that goes on while the test does something. */
class Running {
  output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly child: ChildProcess;

  constructor(t: ExecutionContext, command: readonly [string, ...string[]], cwd = '/') {
    this.child = spawn(command[0], command.slice(1), { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (text) => (this.output += text));
    this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => resolve({ code, signal })));
    t.teardown(() => this.child.kill('SIGKILL'));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Until it has said something. */
  async says(text: string): Promise<void> {
    await until(`${text} in ${JSON.stringify(this.output)}`, () => this.output.includes(text));
  }
}

async function restored(t: ExecutionContext, { pid, images }: Dumped, ...flags: string[]): Promise<Running> {
  const running = new Running(t, [BIN, 'restore', '-D', images, ...flags]);
  await running.says('restored pid');
  t.is(statusOf(pid, 'PPid'), String(running.pid));
  return running;
}

test('a restored tree is a child of the command, which exits with its code', async (t) => {
  const tree = await dumped(t);
  const pidfile = join(tree.images, '..', 'pid');
  const running = await restored(t, tree, '--pidfile', pidfile);
  t.is(readFileSync(pidfile, 'utf8'), `${tree.pid}\n`);
  t.regex(running.output, /^restored pid \d+: 1 task, 1 thread, .+ of pages, .+ in all, wall .+s\n$/);
  // A real-time signal, straight to the tree: no other makes it exit.
  spawn('kill', ['-s', 'RTMIN', String(tree.pid)]);
  t.deepEqual(await running.ended, { code: 7, signal: null });
});

test('every signal is forwarded, once', async (t) => {
  const tree = await dumped(t, SIGNALS);
  const running = await restored(t, tree);
  for (const [i, signal] of SIGNALS.entries()) {
    running.child.kill(signal);
    await until(`${signal} arrives`, () => tree.said().length > i);
    t.deepEqual(tree.said(), SIGNALS.slice(0, i + 1));
  }
  // It handled the last one a moment ago, and may still be at it.
  await until('the command waits again', () => statusOf(running.pid, 'State')?.[0] === 'S');
  process.kill(tree.pid, 'SIGKILL');
  await running.ended;
  t.deepEqual(tree.said(), SIGNALS);
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGKILL', 'SIGPIPE', 'SIGSEGV', 'SIGQUIT'] as const) {
  test(`a tree that dies by ${signal} takes the command with it, and no core is left`, async (t) => {
    const tree = await dumped(t);
    const folder = mkdtempSync(join(tree.images, '..', 'cwd-'));
    const command = `ulimit -c unlimited; cd ${folder}; exec ${BIN} restore -D ${tree.images}`;
    const running = new Running(t, ['bash', '-c', command]);
    await running.says('restored pid');
    process.kill(tree.pid, signal);
    t.deepEqual(await running.ended, { code: null, signal });
    t.deepEqual(readdirSync(folder), []);
  });
}

test('the command stops with the tree, and both go on together', async (t) => {
  const tree = await dumped(t, ['SIGUSR1']);
  const running = await restored(t, tree);
  process.kill(tree.pid, 'SIGSTOP');
  await until('the command stops', () => statusOf(running.pid, 'State')?.[0] === 'T');
  running.child.kill('SIGCONT');
  await until('the tree goes on', () => statusOf(tree.pid, 'State')?.[0] === 'S');
  running.child.kill('SIGUSR1');
  await until('it listens', () => tree.said().includes('SIGUSR1'));
  running.child.kill('SIGTERM');
  t.deepEqual(await running.ended, { code: null, signal: 'SIGTERM' });
});

test('the command stops once for each stop of the tree, however often it is told', async (t) => {
  const tree = await dumped(t);
  const running = await restored(t, tree);
  for (let round = 0; round < 3; round++) {
    process.kill(tree.pid, 'SIGSTOP');
    await until('the command stops', () => statusOf(running.pid, 'State')?.[0] === 'T');
    // On a busy machine word of a stop may come late. A stopped process gets it when it goes on, before SIGCONT: by number.
    running.child.kill('SIGCHLD');
    running.child.kill('SIGCONT');
    await until('the tree goes on', () => statusOf(tree.pid, 'State')?.[0] === 'S');
  }
  running.child.kill('SIGTERM');
  t.deepEqual(await running.ended, { code: null, signal: 'SIGTERM' });
});

test('the command stops with a tree that comes back stopped, and both go on together', async (t) => {
  const { log, command, folder } = target(t, ['SIGUSR1']);
  const pid = launch(command);
  await until('the target is ready', () => lines(log).includes('ready'));
  process.kill(pid, 'SIGSTOP');
  await until('the target has stopped', () => statusOf(pid, 'State')?.[0] === 'T');
  const tree = await dumpOf(t, pid, join(folder, 'images'), log);
  const running = await restored(t, tree);
  await until('the command stops', () => statusOf(running.pid, 'State')?.[0] === 'T');
  t.is(statusOf(pid, 'State')?.[0], 'T');
  running.child.kill('SIGCONT');
  await until('the tree goes on', () => statusOf(pid, 'State')?.[0] === 'S');
  running.child.kill('SIGTERM');
  t.deepEqual(await running.ended, { code: null, signal: 'SIGTERM' });
});

const ATTEMPTS = 5;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} before the tree runs removes what was created`, async (t) => {
    // On a busy machine the tree may run, and get the signal itself, before anybody has seen that it exists.
    const late = { code: null, signal };
    for (let tries = 1; ; tries++) {
      const tree = await dumped(t, [], 256 * 2 ** 20);
      const pidfile = join(tree.images, '..', 'pid');
      const running = new Running(t, [BIN, 'restore', '-D', tree.images, '--pidfile', pidfile]);
      while (!existsSync(`/proc/${tree.pid}`)) await new Promise((done) => setTimeout(done, 1));
      running.child.kill(signal);
      const end = await running.ended;
      if (isDeepStrictEqual(end, late) && tries < ATTEMPTS) continue;
      t.deepEqual(end, { code: 128 + constants.signals[signal], signal: null });
      t.is(running.output, `stasis: cannot restore ${tree.images}: interrupted by ${signal}\n`);
      t.false(existsSync(`/proc/${tree.pid}`));
      t.false(existsSync(pidfile));
      // Nothing in the way of another attempt.
      const again = await restored(t, tree);
      again.child.kill('SIGTERM');
      await again.ended;
      return;
    }
  });
}

/** A command with a terminal of its own, which types what is written to its input. */
function onTerminal(t: ExecutionContext, command: string): Running {
  return new Running(t, ['script', '--quiet', '--flush', '--return', '--command', command, '/dev/null']);
}

for (const [title, prefix] of [
  ['a job in the process group of the command', ''],
  ['a job that is a session of its own', 'exec '],
] as const) {
  test(`Ctrl-C at the terminal reaches ${title} once`, async (t) => {
    await alone(t, 'terminals');
    const { log, command, folder } = target(t, ['SIGINT']);
    const pidfile = join(folder, 'target-pid');
    // Without exec, the shell that leads the session stays outside of the tree.
    const job =
      prefix === '' ? `${command.join(' ')} & echo $! > ${pidfile}; wait` : `echo $$ > ${pidfile}; exec ${command.join(' ')}`;
    const before = onTerminal(t, `bash -c '${job}'`);
    await until('the target is ready', () => lines(log).includes('ready'));
    // The shell may write it only after its job has got ready.
    const pid = await until('the pid is known', () => attempt(() => /^\d+$/m.exec(readFileSync(pidfile, 'utf8'))?.[0]));
    const tree = await dumpOf(t, Number(pid), join(folder, 'images'), log, '--shell-job');
    before.child.stdin?.end();
    await before.ended;

    const running = onTerminal(t, `exec ${BIN} restore -D ${tree.images} --shell-job`);
    await running.says('restored pid');
    running.child.stdin?.write('\x03');
    await until('Ctrl-C arrives', () => tree.said().length > 0);
    running.child.stdin?.write('\x03');
    await until('Ctrl-C arrives again', () => tree.said().length > 1);
    spawn('kill', ['-s', 'RTMIN', String(tree.pid)]);
    t.is((await running.ended).code, 7);
    t.deepEqual(tree.said(), ['SIGINT', 'SIGINT']);
  });
}

test('a shell can stop the command and bring it back, and with it the tree that has a process group of its own', async (t) => {
  await alone(t, 'terminals');
  const { log, command, folder } = target(t, ['SIGINT']);
  const shell = onTerminal(t, 'exec bash --norc -i');
  const type = (text: string): void => void shell.child.stdin?.write(text);
  type(`${command.join(' ')}\n`);
  await until('the target is ready', () => lines(log).includes('ready'));
  const pid = Number(/^(\d+)$/m.exec((await outcomeOf('pgrep', '-f', log, '--newest')).stdout)?.[1]);
  const tree = await dumpOf(t, pid, join(folder, 'images'), log, '--shell-job');

  type(`${BIN} restore -D ${tree.images} --shell-job\n`);
  await shell.says('restored pid');
  type('\x1a');
  await shell.says('Stopped');
  await until('the tree has stopped', () => statusOf(pid, 'State')?.[0] === 'T');
  type('fg\n');
  await until('the tree goes on', () => statusOf(pid, 'State')?.[0] === 'S');
  type('\x03');
  await until('Ctrl-C arrives', () => tree.said().length > 0);
  spawn('kill', ['-s', 'RTMIN', String(pid)]);
  await until('the tree has ended', () => !existsSync(`/proc/${pid}`));
  type('echo code=$?\n');
  await shell.says('code=7');
  type('exit\n');
  await shell.ended;
  t.deepEqual(tree.said(), ['SIGINT']);
});

test.serial('progress is shown on a terminal, with bytes and rate, and one line of figures remains', async (t) => {
  await alone(t, 'terminals');
  // Enough, with one page pipe at a time, for a bar to be seen on a fast machine.
  const { log, command, folder } = target(t, [], 2048 * 2 ** 20);
  const pid = launch(command);
  t.teardown(() => killTree(pid));
  await until('the target is ready', () => lines(log).includes('ready'), 60);
  const bar = /pages .*[\d.]+ .?i?B of 2\.0\d GiB, [\d.]+ [MG]iB\/s/;
  const dump = onTerminal(t, `exec ${BIN} dump ${pid} --concurrency 1 -D ${join(folder, 'images')}`);
  t.is((await dump.ended).code, 0);
  t.regex(dump.output, bar);
  t.regex(
    shown(dump.output),
    /^dumped pid \d+ \(killed\): 1 task, 1 thread, 2\.0\d GiB of pages, 2\.0\d GiB in all, frozen .*s, wall .*s\n$/,
  );
  const restore = onTerminal(t, `exec ${BIN} restore --concurrency 1 --detach -D ${join(folder, 'images')}`);
  t.is((await restore.ended).code, 0);
  t.regex(restore.output, bar);
  t.regex(shown(restore.output), /^restored pid \d+: 1 task, 1 thread, 2\.0\d GiB of pages, 2\.0\d GiB in all, wall .*s\n$/);

  const silent = new Running(t, [BIN, 'dump', String(pid), '-D', join(folder, 'again'), '--leave-running']);
  t.is((await silent.ended).code, 0);
  t.regex(silent.output, /^dumped [^\n]*\n$/);
});

/** What is left on the terminal's line: the bar was drawn over. */
function shown(output: string): string {
  return output
    .replaceAll('\r\n', '\n')
    .replace(/^.*\x1b\[\d*[GK]/gm, '')
    .replace(/\x1b\[[?\d;]*[A-Za-z]/g, '');
}
