// SPDX-License-Identifier: GPL-2.0-only
import { chmodSync, lchownSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { UntrustedImages } from '../../../src/images/error.js';
import { servedBy, serverOf } from '../../../src/images/fuse.js';
import { openImages } from '../../../src/images/index.js';
import { nativeApi } from '../../../src/native/api.js';
import { needing } from '../../harness/needs.js';
import { withScratch } from './scratch.js';
import { Tree } from './tree.js';

/** Root, so that there is somebody else to give files to. */
const test = needing({ root: true });
const STRANGER = 4711;

/** Images in `inner` of a directory `outer`, both private; what `make` does to them has to be refused with this cause. */
async function refused(
  t: ExecutionContext,
  cause: RegExp,
  make: (outer: string, inner: string) => string | undefined,
): Promise<void> {
  await withScratch(async (path) => {
    const [outer, inner] = [join(path, 'outer'), join(path, 'outer', 'inner')];
    mkdirSync(inner, { recursive: true, mode: 0o700 });
    await new Tree().write(inner);
    const opened = await openImages(inner, { trust: 'refuse' });
    opened.close();
    const at = make(outer, inner) ?? inner;
    for (const disk of [undefined, nativeApi()]) {
      const options = disk ? { disk } : {};
      const error = await t.throwsAsync(openImages(at, { ...options, trust: 'refuse' }), { instanceOf: UntrustedImages });
      t.regex(error?.message ?? '', cause);
      t.true(error?.message.startsWith('cannot trust '));
      const told = await openImages(at, { ...options, trust: 'tell' });
      t.is(told.doubt?.message, error?.message);
      told.close();
      const trusted = await openImages(at, { ...options, trust: 'any' });
      t.is(trusted.doubt, undefined);
      trusted.close();
    }
  });
}

const CASES: readonly [string, RegExp, (outer: string, inner: string) => string | undefined][] = [
  ['the directory belongs to somebody else', /it belongs to uid 4711/, (_, inner) => own(inner)],
  ['everybody can write to the directory', /everybody can write to it \(mode 0707\)/, (_, inner) => mode(inner, 0o707)],
  ['its group can write to the directory', /its group can write to it \(mode 0770\)/, (_, inner) => mode(inner, 0o770)],
  [
    'a sticky directory of images: others could add to it',
    /everybody can write to it \(mode 1777\)/,
    (_, inner) => mode(inner, 0o1777),
  ],
  ['the directory above belongs to somebody else', /outer is on its way: it belongs to uid 4711/, (outer) => own(outer)],
  ['a sticky directory above belongs to somebody else', /outer is on its way: it belongs to/, (outer) => own(outer, 0o1777)],
  ['everybody can write to the directory above', /outer is on its way: everybody can/, (outer) => mode(outer, 0o777)],
  [
    'a link on the way belongs to somebody else',
    /symbolic link link: it belongs to uid 4711/,
    (outer) => link(outer, outer, STRANGER),
  ],
  [
    'a link of ours leads through what is not',
    /outer is on its way: it belongs/,
    (outer) => {
      mkdirSync(join(outer, '..', 'safe'));
      own(outer);
      return link(join(outer, '..', 'safe'), '../outer');
    },
  ],
  ['in a sticky directory lies what is not ours', /it belongs to uid 4711/, (outer, inner) => mode(outer, 0o1777) ?? own(inner)],
];
for (const [what, cause, make] of CASES) test(`refused: ${what}`, (t) => refused(t, cause, make));

test('refused: each file by itself that somebody else owns or can write', async (t) => {
  const names = [...new Tree().files.keys()];
  t.true(names.some((name) => name.startsWith('pages-')) && names.some((name) => name.startsWith('ghost-file-')));
  for (const name of names) {
    await refused(t, new RegExp(`image ${name.replace('.', '\\.')}: it belongs to uid 4711`), (_, inner) =>
      own(join(inner, name)),
    );
    await refused(t, new RegExp(`image ${name.replace('.', '\\.')}: its group can`), (_, inner) =>
      mode(join(inner, name), 0o660),
    );
  }
});

test('accepted: sticky directories, links and /proc, as long as what they lead to is ours', async (t) => {
  await withScratch(async (path) => {
    const [outer, inner] = [join(path, 'outer'), join(path, 'outer', 'inner')];
    mkdirSync(inner, { recursive: true });
    await new Tree().write(inner);
    mode(outer, 0o1777);
    symlinkSync('outer/../outer', join(path, 'link'));
    for (const at of [
      inner,
      join(path, 'link', 'inner'),
      `/proc/${process.pid}/root${inner}`,
      `/proc/self/cwd/../${'../'.repeat(20)}${inner}`,
    ]) {
      const images = await openImages(at, { trust: 'refuse' });
      t.is(images.all('PSTREE').length, 3);
      images.close();
    }
  });
});

test('what is read is of the directory that was looked at, whatever has its name by then', async (t) => {
  await withScratch(async (path) => {
    const inner = join(path, 'inner');
    mkdirSync(inner);
    await new Tree().write(inner);
    const images = await openImages(inner, { trust: 'refuse' });
    renameSync(inner, join(path, 'moved'));
    mkdirSync(inner);
    writeFileSync(join(inner, 'pages-1.img'), 'of somebody else');
    t.deepEqual(readdirSync(images.at).sort(), readdirSync(join(path, 'moved')).sort());
    images.close();
  });
});

test('who serves a file system that a user has mounted', (t) => {
  const line = (dev: string, options: string): string =>
    `36 35 ${dev} / /mnt rw,nosuid shared:1 - fuse.sshfs host: rw,${options}`;
  const text = [
    line('0:52', 'user_id=1000,group_id=1000'),
    line('0:53', 'group_id=0,user_id=0'),
    line('0:54', 'allow_other'),
    '',
  ].join('\n');
  t.is(serverOf(text, 52), 1000);
  t.is(serverOf(text, 53), 0);
  t.is(serverOf(text, 54), -1);
  t.is(serverOf(text, 55), -1);
  t.is(serverOf(line('259:261', 'user_id=7'), (259 << 8) | 5 | (256 << 12)), 7);
  t.is(servedBy('/proc', 0), undefined);
});

function own(path: string, bits?: number): undefined {
  lchownSync(path, STRANGER, STRANGER);
  if (bits !== undefined) chmodSync(path, bits);
}

function mode(path: string, bits: number): undefined {
  chmodSync(path, bits);
}

function link(folder: string, target: string, uid = 0): string {
  symlinkSync(target, join(folder, 'link'));
  lchownSync(join(folder, 'link'), uid, uid);
  return join(folder, 'link', 'inner');
}
