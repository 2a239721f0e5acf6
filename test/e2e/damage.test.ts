// SPDX-License-Identifier: GPL-2.0-only
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { restore, StasisError } from '../../src/index.js';
import { needing } from '../harness/needs.js';
import { stasisJson } from '../harness/stasis.js';
import { dumpGone, library } from './lib/driver.js';
import { Menagerie } from './lib/menagerie.js';
import { scratch } from './lib/scratch.js';

/** Every image file altered in every way: an error that names it, and a host as it was before. */
// One at a time: each looks for processes that are left over.
const test = needing({ root: true, programs: ['python3'] }).serial;

/** Ways to alter a file of `size` bytes; each gives what the file is to be, or undefined to remove it. */
function* damages(bytes: Buffer): Generator<readonly [string, Buffer | undefined]> {
  yield ['removed', undefined];
  yield ['emptied', Buffer.alloc(0)];
  yield ['cut in the middle', bytes.subarray(0, bytes.length >> 1)];
  yield ['one byte short', bytes.subarray(0, -1)];
  yield ['one byte longer', Buffer.concat([bytes, Buffer.from([0])])];
  for (const [where, part] of [
    ['first byte', 0],
    ['middle', 0.5],
    ['last byte', 1],
  ] as const) {
    yield [`flipped at the ${where}`, flipped(bytes, Math.min(bytes.length - 1, Math.floor(bytes.length * part)))];
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

async function failure(t: ExecutionContext, imagesDir: string, what: string): Promise<StasisError | undefined> {
  const error = await restore({ imagesDir, detach: true }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  t.true(error instanceof StasisError, `${what}: ${error ?? 'restored all the same'}`);
  return error instanceof StasisError ? error : undefined;
}

test('every image truncated, altered or removed is refused by name, and leaves nothing behind', async (t) => {
  t.timeout(600_000);
  const folder = scratch(t);
  mkdirSync(join(folder, 'home'));
  const images = join(folder, 'images');
  const menagerie = await new Menagerie(t, join(folder, 'home')).ready();
  await dumpGone(library, menagerie.pid, images);
  const before = menagerie.files();
  t.deepEqual(await menagerie.traces(), []);

  const names = readdirSync(images);
  t.true(names.length > 25, names.join(' '));
  let tried = 0;
  for (const name of names) {
    const path = join(images, name);
    const bytes = readFileSync(path);
    for (const [way, altered] of damages(bytes)) {
      const what = `${name} ${way}`;
      if (altered === undefined) rmSync(path);
      else if (altered.equals(bytes)) continue;
      else writeFileSync(path, altered);
      const error = await failure(t, images, what);
      t.is(error?.kind, 'image', `${what}: ${error?.message}`);
      t.true(error?.message.includes(name), `${what}: ${error?.message}`);
      t.is(error?.exitCode, 8);
      t.deepEqual(await menagerie.traces(), [], what);
      t.deepEqual(menagerie.files(), before, what);
      tried += 1;
    }
    writeFileSync(path, bytes, { mode: 0o600 });
  }
  t.log(`${tried} damages of ${names.length} files`);
  await library.restore(images);
  await menagerie.proves(t);
});

test('a single bit anywhere in the pages is noticed', async (t) => {
  const folder = scratch(t);
  mkdirSync(join(folder, 'home'));
  const images = join(folder, 'images');
  const menagerie = await new Menagerie(t, join(folder, 'home')).ready();
  await dumpGone(library, menagerie.pid, images);
  for (const name of readdirSync(images).filter((each) => /^pages-\d+\.img$/.test(each))) {
    const path = join(images, name);
    const bytes = readFileSync(path);
    for (let n = 0; n < 8; n++) {
      const at = Math.floor(Math.random() * bytes.length);
      writeFileSync(path, flipped(bytes, at));
      const error = await failure(t, images, `${name} at ${at}`);
      t.is(error?.kind, 'image', `${name} at ${at}: ${error?.message}`);
      t.true(error?.message.includes(name), error?.message);
      t.deepEqual(await menagerie.traces(), []);
    }
    writeFileSync(path, bytes);
  }
  const first = readdirSync(images).find((name) => name.startsWith('core-')) as string;
  const copy = join(folder, 'copy');
  renameSync(join(images, first), copy);
  const { code, json } = await stasisJson('restore', '--images-dir', images, '--detach');
  t.is(code, 8);
  t.like(json, { error: { kind: 'image', exitCode: 8, details: { file: first } } });
  t.deepEqual(await menagerie.traces(), []);
  copyFileSync(copy, join(images, first));
  t.is(statSync(copy).mode & 0o777, 0o600);
  await library.restore(images);
  await menagerie.proves(t);
});

test('a directory without its seal, or that is not there, is refused', async (t) => {
  const folder = scratch(t);
  const absent = await failure(t, join(folder, 'absent'), 'no directory');
  t.is(absent?.kind, 'image');
  t.true(absent?.message.includes(join(folder, 'absent')), absent?.message);
  mkdirSync(join(folder, 'empty'));
  const empty = await failure(t, join(folder, 'empty'), 'empty directory');
  t.is(empty?.kind, 'image');
  t.regex(empty?.message ?? '', /stasis\.img/);
  writeFileSync(join(folder, 'empty', 'stasis.img'), 'nonsense');
  truncateSync(join(folder, 'empty', 'stasis.img'), 4);
  t.is((await failure(t, join(folder, 'empty'), 'nonsense'))?.details.file, 'stasis.img');
});

test('a page map that is altered between its check and its use is refused by name', async (t) => {
  const folder = scratch(t);
  const [home, images] = [join(folder, 'home'), join(folder, 'images')];
  mkdirSync(home);
  const menagerie = await new Menagerie(t, home).ready();
  await dumpGone(library, menagerie.pid, images);
  const name = `pagemap-${menagerie.pid}.img`;
  const path = join(images, name);
  const sound = readFileSync(path);
  const error = await restore({
    imagesDir: images,
    detach: true,
    onProgress: ({ stage }) => stage === 'start' && writeFileSync(path, flipped(sound, sound.length - 1)),
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StasisError)) return t.fail(`${error ?? 'restored all the same'}`);
  t.is(error.kind, 'image');
  t.regex(error.message, new RegExp(`${name}.*checksum`));
  t.deepEqual(await menagerie.traces(), []);
  writeFileSync(path, sound);
  await library.restore(images);
  await menagerie.proves(t);
});
