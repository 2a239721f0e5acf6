// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Path } from '../../../src/facts/generated.js';
import { decodeRecords } from '../../../src/images/file.js';
import { RemapType } from '../../../src/images/generated/enums.js';
import { ImageSet } from '../../../src/images/image-set.js';
import { imageFiles } from '../../../src/native/read-images.js';
import { descriptorsRestore } from '../../../src/subsystems/descriptors/tables/restore.js';
import { ghostsDump } from '../../../src/subsystems/files/ghosts/dump.js';
import { ghostHeader } from '../../../src/subsystems/files/ghosts/entry.js';
import type { GhostFile, LostLink } from '../../../src/subsystems/files/ghosts/model.js';
import { findPlaces } from '../../../src/subsystems/files/ghosts/places.js';
import { ghostNamesRestore, ghostsRestore } from '../../../src/subsystems/files/ghosts/restore.js';
import { ghostsOf } from '../../../src/subsystems/files/ghosts/survey.js';
import { filesDump, specialFilesDump } from '../../../src/subsystems/files/regular/dump.js';
import { filesRestore } from '../../../src/subsystems/files/regular/restore.js';
import { compiled, factsOf, imagesFrom, imagesOf, jobsOf, missing, modelOf } from './bench.js';

const SUBSYSTEMS = [filesDump, specialFilesDump, ghostsDump];
const RESTORE = [ghostsRestore, filesRestore, descriptorsRestore, ghostNamesRestore];

function gone(path: string, more: object = {}): object {
  return {
    path: Buffer.from(path),
    deleted: true,
    dev: 0xfe01,
    ino: 77,
    mode: 0o100640,
    size: 5,
    uid: 12,
    gid: 34,
    mtimeNs: '1700000000000001000',
    ...more,
  };
}

function regular(id: number, fd: number, file: object, more: object = {}) {
  return { id, fd, kind: 'regular' as const, flags: 0o100002, uid: 12, gid: 34, file, ...more };
}

test('one inode is one ghost, by whichever name and however often it is held', (t) => {
  const facts = factsOf([regular(1, 3, gone('/tmp/a')), regular(2, 4, gone('/tmp/b'))], {
    task: {
      vmas: [
        { start: 0x1000, end: 0x2000, kind: 3, file: gone('/tmp/a') },
        { start: 0x3000, end: 0x4000, kind: 3, file: gone('/tmp/c', { ino: 78 }) },
      ],
    },
  });
  const ghosts = [...ghostsOf(facts).all];
  t.deepEqual(
    ghosts.map(({ id, description, mapping }) => [id, description?.id, mapping?.start]),
    [
      [1, 1, 0x1000],
      [2, undefined, 0x3000],
    ],
  );
  t.deepEqual(
    jobsOf(facts, ghostsDump).map((job) => job.kind === 'ghost' && [job.name, job.descriptionId, job.vmaStart, job.chunks]),
    [
      ['ghost-file-1.img', 1, 0, false],
      ['ghost-file-2.img', 0, 0x3000, false],
    ],
  );
});

test('inodes are told apart by all 64 bits of their numbers', (t) => {
  const ino = (low: bigint) => gone('/tmp/a', { ino: ((1n << 63n) | low).toString(), dev: ((1n << 62n) | low).toString() });
  const facts = factsOf([regular(1, 3, ino(1n)), regular(2, 4, ino(2n)), regular(3, 5, ino(1n))]);
  t.is([...ghostsOf(facts).all].length, 2);
  const [first, second, third] = facts.survey.descriptions.map(({ file }) => facts.files.special(file as Path));
  t.not(first, second);
  t.is(first, third);
});

test('the head of a ghost image: owner, mode, times, device as the kernel counts; holes are kept from 12 KiB on', (t) => {
  for (const [size, chunks] of [
    [12287, undefined],
    [12288, true],
  ] as const) {
    const [ghost] = ghostsOf(factsOf([regular(1, 3, gone('/tmp/a', { size }))])).all;
    if (!ghost) throw new Error('no ghost');
    const content = size < 12288 ? Buffer.alloc(size) : Buffer.alloc(0);
    const [head] = decodeRecords('ghost-file-1.img', Buffer.concat([ghostHeader(ghost).header, content])).records;
    const entry = head?.message as Record<string, unknown>;
    t.like(entry, { uid: 12, gid: 34, mode: 0o100640, dev: (0xfe << 20) | 1, ino: 77, size, chunks });
    t.like(entry['mtim'], { tv_sec: 1700000000, tv_usec: 1 });
    t.is(head?.payloadAt, ghostHeader(ghost).header.length);
  }
});

test('remaps: ghosts by their image, unlinked names by the file that has another', (t) => {
  const linked = gone('/tmp/first', { ino: 80, link: Buffer.from('/tmp/second') });
  const facts = factsOf([regular(1, 3, gone('/tmp/a')), regular(2, 4, linked)]);
  const images = imagesOf(facts, SUBSYSTEMS);
  const [named] = images.list('FILES').filter(({ reg }) => reg?.name === '/tmp/second');
  t.deepEqual(
    images.list('REMAP_FPATH').map(({ orig_id, remap_id, remap_type }) => [orig_id, remap_id, remap_type]),
    [
      [1, 1, RemapType.GHOST],
      [2, named?.id, RemapType.LINKED],
    ],
  );
});

test('what has no content is an entry alone; symbolic links and hidden hard links are refused', (t) => {
  const folder = { id: 1, fd: 3, kind: 'directory' as const, file: gone('/tmp/d', { mode: 0o040711 }) };
  t.like(imagesOf(factsOf([folder]), SUBSYSTEMS).directory.records('ghost-file-1.img').records[0]?.message, { mode: 0o040711 });
  const refusals = (file: object, fd = 3) =>
    [...(ghostsDump.refuse?.(factsOf([regular(1, fd, file)])) ?? [])].map(({ cause }) => cause);
  t.deepEqual(refusals(gone('/tmp/a')), []);
  t.regex(refusals(gone('/tmp/a', { mode: 0o120777 }))[0] ?? '', /symbolic link/);
  t.regex(refusals(gone('/tmp/a', { nlink: 1 }))[0] ?? '', /other names/);
  t.deepEqual(refusals(gone('/tmp/a'), -1), [], 'in flight: the dumper holds it meanwhile');
});

test('places: the old name where it is free, else another beside it; folders that are gone are made', (t) => {
  const ghost = (id: number, path: string, mode = 0o100600): [number, GhostFile] => [
    id,
    { id, path, entry: { uid: 0, gid: 0, mode }, image: '', offset: 0, size: 0 },
  ];
  const ghosts = new Map([
    ghost(1, '/tmp/free'),
    ghost(2, '/tmp/used'),
    ghost(3, '/gone/folder/file'),
    ghost(4, '/tmp/dead/file'),
    ghost(5, '/tmp/dead', 0o040700),
  ]);
  const links = new Map<number, LostLink>([[9, { file: 9, path: '/tmp/free', target: '/tmp/other' }]]);
  const there = new Map<string, 'folder' | 'other'>([
    ['/', 'folder'],
    ['/tmp', 'folder'],
    ['/tmp/used', 'other'],
  ]);
  const places = findPlaces({ ghosts, links }, (path) => there.get(path) ?? 'nothing');
  t.deepEqual(places.folders, ['/gone', '/gone/folder']);
  t.deepEqual(
    places.ghosts.map(({ ghost: { id }, at }) => [id, at]),
    [
      [5, '/tmp/dead'],
      [1, '/tmp/free'],
      [2, '/tmp/.stasis-1'],
      [3, '/gone/folder/file'],
      [4, '/tmp/dead/file'],
    ],
  );
  t.deepEqual(
    places.links.map(({ at }) => at),
    ['/tmp/.stasis-2'],
  );
});

test('places: where the old name is taken a stand gives it once more, by a mount of its own', (t) => {
  const ghost = (id: number, path: string, more: object = {}): [number, GhostFile] => [
    id,
    { id, path, entry: { uid: 0, gid: 0, mode: 0o100600, ...more }, image: '', offset: 0, size: 0 },
  ];
  const ghosts = new Map([
    ghost(1, '/usr/sbin/used'),
    ghost(2, '/usr/sbin/used'),
    ghost(3, '/usr/sbin/also'),
    ghost(4, '/usr/dir', { mode: 0o040700 }),
    ghost(5, '/usr/dir/file'),
    ghost(6, '/usr/sbin/#77', { unnamed: 1 }),
    ghost(7, '/free'),
    ghost(8, `/${'x'.repeat(4000)}`),
  ]);
  const there = (path: string) => {
    if (['/', '/usr', '/usr/sbin'].includes(path)) return 'folder';
    return path.includes('.stasis-') || path === '/free' ? 'nothing' : 'other';
  };
  const places = findPlaces({ ghosts, links: new Map() }, there, { stands: true });
  t.deepEqual(
    places.ghosts.map(({ ghost: { id }, at, stand }) => [id, at, stand?.at]),
    [
      [4, '/usr/.stasis-1/usr/dir', '/usr/.stasis-1'],
      [7, '/free', undefined],
      [8, '/.stasis-2', undefined],
      [1, '/usr/sbin/.stasis-3/usr/sbin/used', '/usr/sbin/.stasis-3'],
      [2, '/usr/sbin/.stasis-4/usr/sbin/used', '/usr/sbin/.stasis-4'],
      [3, '/usr/sbin/.stasis-3/usr/sbin/also', '/usr/sbin/.stasis-3'],
      [5, '/usr/.stasis-1/usr/dir/file', '/usr/.stasis-1'],
    ],
  );
  t.deepEqual(
    places.unnamed.map(({ ghost: { id }, at }) => [id, at]),
    [[6, '/usr/sbin']],
  );
  t.deepEqual(places.folders, [
    '/usr/.stasis-1',
    '/usr/.stasis-1/usr',
    '/usr/sbin/.stasis-3',
    '/usr/sbin/.stasis-3/usr',
    '/usr/sbin/.stasis-3/usr/sbin',
    '/usr/sbin/.stasis-4',
    '/usr/sbin/.stasis-4/usr',
    '/usr/sbin/.stasis-4/usr/sbin',
  ]);
});

test('restore: made under a name, opened, filled, sealed; the name goes at the end', (t) => {
  const facts = factsOf([
    regular(1, 3, gone('/tmp/a', { mode: 0o104751 })),
    regular(2, 4, gone('/tmp/first', { ino: 80, link: Buffer.from('/tmp/second') })),
  ]);
  const set = new ImageSet('x86_64');
  for (const { translate } of SUBSYSTEMS) translate(facts, set);
  const [ghost] = ghostsOf(facts).all;
  if (!ghost) throw new Error('no ghost');
  const images = imagesFrom(set);
  (images.directory as unknown as { images: Map<string, Buffer> }).images.set(
    'ghost-file-1.img',
    Buffer.concat([ghostHeader(ghost).header, Buffer.from('12345')]),
  );
  const model = modelOf(images, {
    fds: [
      [3, 1],
      [4, 2],
    ],
  });
  const { plan, ops } = compiled(model, images, RESTORE, ['seal']);
  const order = [
    /^openat AT_FDCWD, "\/tmp\/a", .* → /,
    /^ftruncate \$\d+, 5/,
    /^fchownat AT_FDCWD, "\/tmp\/a", 12, 34, /,
    /^linkat AT_FDCWD, "\/tmp\/second", AT_FDCWD, "\/tmp\/first"/,
    /^openat AT_FDCWD, "\/tmp\/a"/,
    /^openat AT_FDCWD, "\/tmp\/first"/,
    /^unlinkat AT_FDCWD, "\/tmp\/first"/,
    /^unlinkat AT_FDCWD, "\/tmp\/a"/,
    /^fchmod /,
    /^utimensat /,
  ];
  t.is(missing(ops, order), undefined, ops.join('\n'));
  t.like(plan.fills[0], {
    kind: 'ghost',
    name: 'ghost-file-1.img',
    size: 5,
    chunks: false,
    offset: ghostHeader(ghost).header.length,
  });
  t.deepEqual(
    plan.undos.map(({ action, path }) => [action, path.toString()]),
    [
      ['unlink', '/tmp/a'],
      ['unlink', '/tmp/first'],
    ],
  );
});

test('large ones are read by their heads: the content goes from file to file', async (t) => {
  const [ghost] = ghostsOf(factsOf([regular(1, 3, gone('/tmp/a', { size: 2 << 20 }))])).all;
  if (!ghost) throw new Error('no ghost');
  const { header } = ghostHeader(ghost);
  const dir = mkdtempSync(join(tmpdir(), 'stasis-'));
  try {
    writeFileSync(join(dir, 'ghost-file-1.img'), Buffer.concat([header, Buffer.alloc(2 << 20)]));
    writeFileSync(join(dir, 'ghost-file-a.img'), header);
    const unread = ['ghost-file-1.img', 'ghost-file-a.img', 'pages-1.img'];
    const { names, buffers, sizes } = imageFiles(dir, { names: [], buffers: [], crc32S: [], uids: [], modes: [], unread });
    t.deepEqual([...names].sort(), ['ghost-file-1.img', 'ghost-file-a.img']);
    t.deepEqual(
      buffers.map(({ length }) => length),
      [header.length, header.length],
    );
    t.deepEqual([...(sizes ?? [])], [['ghost-file-1.img', header.length + (2 << 20)]]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
