// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from '../harness/alone.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { stasis } from '../harness/stasis.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { inForeground, killTree, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { Terminal } from './lib/terminal.js';

/** Interactive shells: under a terminal that is not dumped with them, and with it. */
const BIN = fileURLToPath(new URL('../../bin/stasis', import.meta.url));
const SHELL = ['bash', '--norc', '--noprofile', '-i'];
const ENV = { PATH: process.env['PATH'], HOME: '/', TERM: 'dumb', PS1: '(ready) ', HISTFILE: '/dev/null' };
const PROMPT = /\(ready\) $/;

needing({ root: true, programs: ['bash', 'python3'] })('a shell job goes on under another terminal', async (t) => {
  await alone(t, 'terminals');
  const images = join(scratch(t), 'images');
  const before = new Terminal(SHELL, ENV);
  t.teardown(() => before.close());
  const pid = await before.pid();
  t.teardown(() => killTree(pid));
  await before.shows(PROMPT);
  before.type('count=41; sleep 1000 &\n');
  await before.shows(PROMPT);
  before.type('cat\n');
  await before.shows(/cat\r\n/);
  await hasTerminal(pid, 'cat');
  before.type('one\n');
  await before.shows(/one\r\none\r\n/);
  before.type('\x1a');
  await before.shows(/Stopped[^(]*\(ready\) $/);

  const refused = await stasis('dump', `${pid}`, '--images-dir', images);
  t.is(refused.code, 3);
  t.regex(refused.stderr, /terminal.*--shell-job/);
  before.type('echo still $((count + 1))\n');
  await before.shows(/still 42\r\n\(ready\) $/);

  await dumpGone(commandLine, pid, images, true);
  t.is(await before.ended(), 128 + 9);
  const nowhere = await stasis('restore', '--images-dir', images, '--shell-job');
  t.is(nowhere.code, 125, nowhere.stderr);
  t.regex(nowhere.stderr, /terminal/);

  const after = new Terminal([BIN, 'restore', '--images-dir', images, '--shell-job'], { ...ENV, COLUMNS: '80' });
  t.teardown(() => after.close());
  await after.shows(/restored pid \d+/);
  after.type('echo count $((count + 1))\n');
  await after.shows(/count 42\r\n/);
  await jobsWork(pid, async (text, pattern) => {
    after.type(text);
    return after.shows(pattern);
  });
  after.type('exit 7\n');
  t.is(await after.ended(), 7);
  t.pass();
});

needing({ root: true, programs: ['bash', 'script', 'mkfifo'] })('a shell is restored with the terminal it runs in', async (t) => {
  await alone(t, 'terminals');
  const folder = scratch(t);
  const [input, output, images] = [join(folder, 'input'), join(folder, 'output'), join(folder, 'images')];
  execFileSync('mkfifo', [input]);
  const command = `export PS1='(ready) '; exec script --quiet --flush --command "${SHELL.join(' ')}" /dev/null <>"$1"`;
  const pid = launch(['bash', '-c', command, 'terminal', input], { env: ENV, output });
  t.teardown(() => killTree(pid));
  let read = 0;
  const type = async (text: string, pattern: RegExp): Promise<string> => {
    writeFileSync(input, text);
    const look = (): string | undefined => {
      const fresh = readFileSync(output, 'latin1').slice(read);
      const match = pattern.exec(fresh);
      if (match) read += match.index + match[0].length;
      return match ? fresh : undefined;
    };
    return until(`${pattern} is displayed`, look).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(readFileSync(output, 'latin1').slice(read))}`);
    });
  };
  await type('', PROMPT);
  await type('count=41; sleep 1000 &\n', PROMPT);
  await type('cat\n', /cat\r\n/);
  await hasTerminal(pid, 'cat');
  await type('one\n', /one\r\none\r\n/);
  await type('\x1a', /Stopped[^(]*\(ready\) $/);

  await dumpGone(commandLine, pid, images);
  await commandLine.restore(images);

  await type('echo count $((count + 1))\n', /count 42\r\n/);
  await jobsWork(pid, type);
  writeFileSync(input, 'exit\n');
  await until('script ends', () => readFileSync(output, 'latin1').slice(read).includes('exit'));
  t.pass();
});

/** A running background job and a stopped one: `jobs`, `fg`, Ctrl-C, Ctrl-Z and Ctrl-D do what they do. */
async function jobsWork(pid: number, type: (text: string, pattern: RegExp) => Promise<string>): Promise<void> {
  await type('jobs\n', /\[1\].*Running +sleep 1000 &\r\n\[2\].*Stopped +cat\r\n/);
  await type('fg %2\n', /cat\r\n/);
  await hasTerminal(pid, 'cat');
  await type('two\n', /two\r\ntwo\r\n/);
  await type('\x04', PROMPT);
  await type('fg\n', /sleep 1000\r\n/);
  await hasTerminal(pid, 'sleep');
  await type('\x1a', /\[1\]\+ +Stopped +sleep 1000\r\n\(ready\) $/);
  await type('bg\n', /\[1\]\+ sleep 1000 &\r\n/);
  await type('fg\n', /sleep 1000\r\n/);
  await hasTerminal(pid, 'sleep');
  await type('\x03', /\^C[\s\S]*\(ready\) $/);
  await type('echo status $?\n', /status 130\r\n/);
  await type('jobs; echo end\n', /(?<!\[1\][\s\S]*)end\r\n\(ready\) $/);
}

/** The shell prints a command before it gives its job the terminal; a key pressed in between would be the shell's. */
async function hasTerminal(shell: number, job: string): Promise<void> {
  await until(`${job} has the terminal`, () => inForeground(shell, job));
}

const SCREEN = `import os, signal, time
signal.signal(signal.SIGWINCH, lambda *_: print('drawn at', os.get_terminal_size().columns, flush=True))
print('drawn first', flush=True)
while True: time.sleep(1000)`;

needing({ root: true, programs: ['python3'] })('a full-screen program that comes to another terminal draws itself', async (t) => {
  await alone(t, 'terminals');
  const images = join(scratch(t), 'images');
  const before = new Terminal(['/usr/bin/python3', '-c', SCREEN], ENV);
  t.teardown(() => before.close());
  const pid = await before.pid();
  t.teardown(() => killTree(pid));
  await before.shows(/drawn first/);
  await dumpGone(commandLine, pid, images, true);
  const after = new Terminal([BIN, 'restore', '--images-dir', images, '--shell-job'], ENV);
  t.teardown(() => after.close());
  await after.shows(/drawn at \d+/);
  t.pass();
});
