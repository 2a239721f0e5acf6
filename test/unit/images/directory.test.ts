// SPDX-License-Identifier: GPL-2.0-only
import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checksumFile, crc32, tableDriven } from '../../../src/images/crc32.js';
import { assertSound, decodeManifest, encodeManifest, ImageError, openImages } from '../../../src/images/index.js';
import { withScratch } from './scratch.js';
import { CHILD, ROOT, THREAD, Tree } from './tree.js';

const whole = { checkPages: true };

test('a whole directory opens, and its images can be had by kind and number', async (t) => {
  await withScratch(async (path) => {
    const images = await openImages(await new Tree().write(path), whole);
    assertSound(images);
    t.is(images.manifest?.tool, 'stasis test');
    t.deepEqual(
      images.all('PSTREE').map((entry) => entry.pid),
      [ROOT, CHILD, 511],
    );
    t.is(images.one('FS', ROOT).umask, 18);
    t.is(images.core(THREAD).tc, undefined);
    t.is(images.pagemap(ROOT).runs.length, 2);
    t.is(images.shmemPagemap(77).pagesId, 3);
    t.is(images.size('pages-1.img'), 4 * 4096);
    t.deepEqual(images.all('CGROUP'), []);
    t.throws(() => images.one('FS', 999), { instanceOf: ImageError, message: /image fs-999\.img: the file is missing/ });
    t.is(images.records('ghost-file-1a.img').records[0]?.payload?.toString(), 'boo');
  });
});

test('every file that is truncated, altered or removed is refused by its name', async (t) => {
  await withScratch(async (path) => {
    const tree = new Tree();
    await tree.write(path);
    for (const [name, bytes] of tree.files) {
      const file = join(path, name);
      const refused = async (how: string, cause: RegExp): Promise<void> => {
        const error = await t.throwsAsync(openImages(path, whole), { instanceOf: ImageError }, `${name} ${how}`);
        t.is(error?.file, name, how);
        t.regex(error?.message ?? '', new RegExp(`^cannot read image ${name.replace('.', '\\.')}: `));
        t.regex(error?.cause ?? '', cause, how);
      };
      await rm(file);
      await refused('removed', /the file is missing/);
      await writeFile(file, bytes);
      for (const length of [0, bytes.length >> 1, bytes.length - 1]) {
        await truncate(file, length);
        await refused(`cut to ${length}`, /truncated|too early|too few|entries instead of 1|checksum|missing/);
        await writeFile(file, bytes);
      }
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ 0x10;
        await writeFile(file, flipped);
        await refused(`flipped at ${at}`, /altered|checksum|magic|entry 0|entries instead of 1|first word|too early/);
      }
      await writeFile(file, bytes);
    }
    await t.notThrowsAsync(openImages(path, whole));
  });
});

test('a file that has grown is refused, one that nobody listed is not', async (t) => {
  await withScratch(async (path) => {
    await new Tree().write(path);
    await writeFile(join(path, 'restore.log'), 'hello');
    await t.notThrowsAsync(openImages(path, whole));
    await appendFile(join(path, 'pages-1.img'), 'x');
    await t.throwsAsync(openImages(path), {
      instanceOf: ImageError,
      message: /image pages-1\.img: the file has grown from 16384 to 16385 bytes/,
    });
  });
});

test('pages are not read unless asked for', async (t) => {
  await withScratch(async (path) => {
    await new Tree().write(path);
    const file = join(path, 'pages-1.img');
    const pages = await readFile(file);
    pages[5] = 0;
    await writeFile(file, pages);
    await t.notThrowsAsync(openImages(path));
    await t.throwsAsync(openImages(path, whole), { message: /image pages-1\.img: the file has been altered: its checksum is/ });
  });
});

test('a directory without a manifest is opened where that is asked for', async (t) => {
  await withScratch(async (path) => {
    await new Tree().write(path, false);
    const error = await t.throwsAsync(openImages(path), { instanceOf: ImageError });
    t.is(
      error?.message,
      `cannot read image stasis.img: the file is missing in ${path} — the dump was not finished, or another tool wrote the directory: restore --accept-unsealed takes it as it is`,
    );
    const images = await openImages(path, { acceptUnsealed: true });
    t.is(images.manifest, undefined);
    assertSound(images);
  });
});

test('a directory that is not there is an error of its own', async (t) => {
  await t.throwsAsync(openImages('/nonexistent/images'), {
    instanceOf: ImageError,
    message: 'cannot read /nonexistent/images: no such file or directory',
  });
});

test('a file of several chunks is told with their checksums, one of a single chunk is not', (t) => {
  const file = (name: string, ...sums: number[]) => ({ name, size: 9, crc32: 2, chunks: { size: 4096, sums } });
  const { files } = decodeManifest(encodeManifest([file('many', 1, 0xffff_ffff, 3), file('one', 2)], {}));
  t.deepEqual(files, [
    { name: 'many', size: 9, crc32: 2, chunk_size: 4096, chunk_crc32: [1, 0xffff_ffff, 3] },
    { name: 'one', size: 9, crc32: 2, chunk_size: undefined, chunk_crc32: [] },
  ]);
});

test('a manifest of a later version is refused', (t) => {
  const bytes = encodeManifest([{ name: 'b', size: 1, crc32: 2 }], {});
  t.like(decodeManifest(bytes).files[0], { name: 'b', size: 1, crc32: 2 });
  // The version is the first field: tag 8, value 1.
  const later = Buffer.from(bytes);
  later[13] = 2;
  later.writeUInt32LE(crc32(later.subarray(0, -4)), later.length - 4);
  t.throws(() => decodeManifest(later), { instanceOf: ImageError, message: /version 2 is not known/ });
});

test('checksums are those of gzip, with and without zlib', async (t) => {
  t.is(tableDriven(Buffer.from('123456789')), 0xcbf43926);
  t.is(crc32(Buffer.from('123456789')), 0xcbf43926);
  t.is(tableDriven(Buffer.from('6789'), tableDriven(Buffer.from('12345'))), 0xcbf43926);
  await withScratch(async (path) => {
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 'abc');
    await writeFile(join(path, 'f'), bytes);
    t.deepEqual(await checksumFile(join(path, 'f')), { size: bytes.length, crc32: tableDriven(bytes) });
  });
});
