// SPDX-License-Identifier: GPL-2.0-only
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { nativeApi } from '../../../src/native/api.js';
import { clearDead } from '../../../src/undo/dead.js';
import type { Line } from '../../../src/undo/journal.js';
import { UndoLog } from '../../../src/undo/log.js';
import { pidNamespace, processOf } from '../../../src/undo/process.js';
import { identify, type Step } from '../../../src/undo/steps.js';

const native = nativeApi();
const once = test.serial;

/** A directory of journals of its own, and one for files. Serial, as the environment tells where the first is. */
function scratch(t: ExecutionContext): { readonly state: string; readonly home: string } {
  const folder = mkdtempSync(join(tmpdir(), 'stasis-undo-'));
  const [state, home] = [join(folder, 'state'), join(folder, 'home')];
  mkdirSync(home);
  process.env['STASIS_STATE_DIR'] = state;
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return { state, home };
}

/** As somebody who is dead has left it: nobody has locked it. */
function leave(state: string, steps: readonly Step[], more: readonly Line[] = [], namespace = pidNamespace()): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const author = { command: 'restore', object: 'images', pid: 1, pidNamespace: namespace, began: Date.now() };
  const lines = [{ author }, ...steps.map((step) => ({ step })), ...more];
  writeFileSync(join(state, 'restore-1'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const fates = async (dryRun = false) =>
  (await clearDead(native, { dryRun })).commands.flatMap(({ items }) => items.map(({ fate }) => fate));

once('work that fails is taken back in this process; its journal goes', (t) => {
  const { state, home } = scratch(t);
  const [socket, folder, ghost] = [join(home, 'socket'), join(home, 'folder'), join(home, 'folder', 'ghost')];
  writeFileSync(socket, 'old');
  const log = new UndoLog('restore', 'images', native);
  t.false(existsSync(state), 'nothing has been told yet');
  log.moveAside([socket, join(home, 'none')]);
  t.is(readdirSync(state).length, 1);
  log.makes([{ path: folder, folder: true }, { path: ghost }]);
  writeFileSync(socket, 'new');
  writeFileSync(join(home, 'none'), 'new');
  mkdirSync(folder);
  writeFileSync(ghost, '');
  log.takeBack();
  t.is(readFileSync(socket, 'utf8'), 'old');
  t.deepEqual(readdirSync(home), ['socket']);
  t.deepEqual(readdirSync(state), []);
});

once('work that is done keeps what it made', (t) => {
  const { state, home } = scratch(t);
  const socket = join(home, 'socket');
  writeFileSync(socket, 'old');
  const log = new UndoLog('restore', 'images', native);
  log.moveAside([socket]);
  writeFileSync(socket, 'new');
  log.keep();
  t.is(readFileSync(socket, 'utf8'), 'new');
  t.deepEqual(readdirSync(home), ['socket']);
  t.deepEqual(readdirSync(state), []);
});

once('nobody takes back what somebody who lives has changed', async (t) => {
  const { home } = scratch(t);
  const log = new UndoLog('dump', 'pid 1', native);
  const images = join(home, '.images.stasis-1');
  log.directory(images, () => mkdirSync(images));
  t.deepEqual((await clearDead(native)).commands, []);
  t.true(existsSync(images));
  log.takeBack();
});

once('what somebody dead has left is taken back once; --dry-run only says so', async (t) => {
  const { state, home } = scratch(t);
  const [images, socket, kept, ghost, folder] = ['.images.stasis-1', 'socket', 'socket.stasis-1', 'folder/ghost', 'folder'].map(
    (name) => join(home, name),
  ) as [string, string, string, string, string];
  // Told before anything is made: what is older than that by more than a clock may be behind is not its own.
  const at = Date.now();
  mkdirSync(images);
  writeFileSync(join(images, 'pages-1.img'), 'half');
  writeFileSync(socket, 'old');
  const is = identify(socket);
  renameSync(socket, kept);
  writeFileSync(socket, 'new');
  mkdirSync(folder);
  writeFileSync(ghost, '');
  if (!is) throw new Error('no socket');
  leave(state, [
    { kind: 'directory', path: images, ...{ is: identify(images) as NonNullable<typeof is> } },
    { kind: 'moved', path: socket, kept, is, at },
    { kind: 'made', path: folder, folder: true, at },
    { kind: 'made', path: ghost, folder: false, at },
    { kind: 'made', path: join(home, 'never'), folder: false, at },
  ]);
  const before = readdirSync(home, { recursive: true }).sort();
  const expected = ['removed', 'removed', 'brought back', 'removed'];
  t.deepEqual(await fates(true), expected);
  t.deepEqual(readdirSync(home, { recursive: true }).sort(), before);
  t.deepEqual(await fates(), expected);
  t.deepEqual(readdirSync(home), ['socket']);
  t.is(readFileSync(socket, 'utf8'), 'old');
  t.deepEqual(readdirSync(state), []);
  t.deepEqual(await fates(), []);
});

once('what is not surely what it had made is left, and told again', async (t) => {
  const { state, home } = scratch(t);
  const names = ['images', 'made', 'socket', 'kept', 'newer', 'kept-2'].map((name) => join(home, name));
  const [images, made, socket, kept, newer, kept2] = names as [string, string, string, string, string, string];
  mkdirSync(images);
  for (const file of [made, kept, newer, kept2]) writeFileSync(file, 'somebody else’s');
  const other = identify(home);
  const is = identify(kept2);
  if (!other || !is) throw new Error('not there');
  const at = Date.now() - 3_600_000;
  leave(state, [
    { kind: 'directory', path: images, is: other },
    { kind: 'made', path: made, folder: false, at },
    { kind: 'moved', path: socket, kept, is: other, at },
    { kind: 'moved', path: newer, kept: kept2, is, at },
  ]);
  for (let n = 0; n < 2; n++) t.deepEqual(await fates(), ['left', 'left', 'left', 'left']);
  t.deepEqual(readdirSync(home).sort(), ['images', 'kept', 'kept-2', 'made', 'newer']);
});

once('a directory that it was about to make goes only if it is empty', async (t) => {
  const { state, home } = scratch(t);
  const images = join(home, '.images.stasis-1');
  mkdirSync(images);
  leave(state, [{ kind: 'directory', path: images }]);
  t.deepEqual(await fates(), ['removed']);
  mkdirSync(images);
  writeFileSync(join(images, 'precious'), '');
  leave(state, [{ kind: 'directory', path: images }]);
  t.deepEqual(await fates(), ['left']);
  t.true(existsSync(join(images, 'precious')));
});

once('a tree that was let go and lives keeps its files; while its tasks are dying they are waited for', async (t) => {
  const { state, home } = scratch(t);
  const [socket, kept] = [join(home, 'socket'), join(home, 'kept')];
  const prepare = (): Step => {
    writeFileSync(kept, 'old');
    writeFileSync(socket, 'new');
    const is = identify(kept);
    if (!is) throw new Error('not there');
    return { kind: 'moved', path: socket, kept, is, at: Date.now() };
  };
  const tree = await sleeper(t);
  const process = processOf(tree.pid as number);
  if (!process) throw new Error('it has ended');
  leave(state, [prepare()], [{ workers: [process] }, { tree: process }]);
  t.deepEqual(await fates(), ['removed']);
  t.is(readFileSync(socket, 'utf8'), 'new');

  leave(state, [prepare()], [{ workers: [process] }]);
  t.is((await clearDead(native)).commands[0]?.postponed, 'its tasks are still there');
  t.true(existsSync(kept));
  leave(state, [prepare()], [{ workers: [process] }], 'pid:[1]');
  t.regex((await clearDead(native)).commands[0]?.postponed ?? '', /another PID namespace/);

  leave(state, [prepare()], [{ workers: [process] }, { tree: process }]);
  setTimeout(() => tree.kill('SIGKILL'), 50);
  t.deepEqual(await fates(), ['brought back']);
  t.is(readFileSync(socket, 'utf8'), 'old');

  leave(state, [prepare()], [{ workers: [process] }, { tree: { ...process, start: '1' } }, { done: true }]);
  t.deepEqual(await fates(), ['removed'], 'it had said that it was done');
});

once('a journal that was cut off counts as far as it goes; one of others is not read at all', async (t) => {
  const { state, home } = scratch(t);
  writeFileSync(join(home, 'made'), '');
  leave(state, [{ kind: 'made', path: join(home, 'made'), folder: false, at: Date.now() }]);
  writeFileSync(join(state, 'restore-1'), '{"step":{"kind":"ma', { flag: 'a' });
  chmodSync(state, 0o777);
  t.deepEqual(await fates(), [], 'everybody could have written it');
  chmodSync(state, 0o700);
  t.deepEqual(await fates(), ['removed']);
  writeFileSync(join(state, 'restore-2'), '');
  t.deepEqual(await fates(), []);
  t.deepEqual(readdirSync(state), []);
});

async function sleeper(t: ExecutionContext): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.teardown(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('spawn', resolve));
  return child;
}
