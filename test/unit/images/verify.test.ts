// SPDX-License-Identifier: GPL-2.0-only
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import {
  decodeImage,
  encodeRecords,
  FdTypes,
  findProblems,
  ImageDirectory,
  ImageError,
  type Input,
  KINDS,
  type KindName,
  kindOfName,
  type MessageOf,
} from '../../../src/images/index.js';
import { renderImages, showImages, verifyImages } from '../../../src/images/tools.js';
import { withScratch } from './scratch.js';
import { CHILD, ROOT, THREAD, Tree, ZOMBIE } from './tree.js';

function problems(tree: Tree): string[] {
  const images = new Map([...tree.files].filter(([name]) => kindOfName(name) !== 'raw'));
  const raw = new Map(
    [...tree.files].filter(([name]) => kindOfName(name) === 'raw').map(([name, bytes]) => [name, bytes.length]),
  );
  return findProblems(new ImageDirectory('/x', images, raw, undefined)).map(({ file, text }) => `${file}: ${text}`);
}

/** Changes one entry of one image. */
function changed<K extends KindName>(name: string, kind: K, index: number, change: (entry: MessageOf<K>) => object): Tree {
  const tree = new Tree();
  const entries = decodeImage(kind, name, tree.files.get(name) ?? Buffer.alloc(0));
  tree.change(name, kind, entries, index, change(entries[index] as MessageOf<K>));
  return tree;
}

function queued<K extends KindName>(kind: K, name: string, entry: Input<MessageOf<K>>): Tree {
  const tree = new Tree();
  tree.put(name, kind, [entry]);
  return tree;
}

function without(name: string): Tree {
  const tree = new Tree();
  tree.files.delete(name);
  return tree;
}

test('a whole tree has no problems', (t) => {
  t.deepEqual(problems(new Tree()), []);
});

test('memory that nothing is told of is one problem, not one for each of its runs of pages', (t) => {
  t.deepEqual(
    problems(without(mm)).filter((line) => line.startsWith(pagemap)),
    [],
  );
});

const mm = `mm-${ROOT}.img`;
const pagemap = `pagemap-${ROOT}.img`;
const cases: readonly (readonly [string, () => Tree, string])[] = [
  [
    'an old inventory',
    () => changed('inventory.img', 'INVENTORY', 0, () => ({ fdinfo_per_id: false })),
    'inventory.img: descriptor tables are not stored by id',
  ],
  [
    'an unknown version',
    () => changed('inventory.img', 'INVENTORY', 0, () => ({ img_version: 3 })),
    'inventory.img: image version 3 is not known',
  ],
  ['no tree', () => without('pstree.img'), 'pstree.img: the file is missing'],
  [
    'two roots',
    () => changed('pstree.img', 'PSTREE', 1, () => ({ ppid: 0 })),
    'pstree.img: 2 processes without a parent instead of 1',
  ],
  ['an unknown parent', () => changed('pstree.img', 'PSTREE', 1, () => ({ ppid: 9 })), 'pstree.img: pid 510 has the parent 9'],
  ['a pid twice', () => changed('pstree.img', 'PSTREE', 1, () => ({ pid: ROOT })), `pstree.img: pid ${ROOT} is there twice`],
  [
    'a thread that is a process',
    () => changed('pstree.img', 'PSTREE', 0, () => ({ threads: [ROOT, ROOT] })),
    `pstree.img: thread ${ROOT} of pid ${ROOT} is there twice`,
  ],
  ['a missing core', () => without(`core-${CHILD}.img`), `core-${CHILD}.img: the file is missing`],
  ['a missing thread', () => without(`core-${THREAD}.img`), `core-${THREAD}.img: the file is missing`],
  ['a missing zombie', () => without(`core-${ZOMBIE}.img`), `core-${ZOMBIE}.img: the file is missing`],
  ['a missing mm', () => without(mm), `${mm}: the file is missing`],
  ['missing ids', () => without(`ids-${ROOT}.img`), `ids-${ROOT}.img: the file is missing`],
  ['a missing fs', () => without(`fs-${ROOT}.img`), `fs-${ROOT}.img: the file is missing`],
  ['a missing page map', () => without(pagemap), `${pagemap}: the file is missing`],
  ['a missing ghost', () => without('ghost-file-1a.img'), 'ghost-file-1a.img: the file is missing'],
  ['missing memory', () => without('memfd.img'), 'memfd.img: memory 1 of file 13 is missing'],
  ['a missing terminal', () => without('tty-info.img'), 'tty-info.img: terminal 6 of file 11 is missing'],
  [
    'no registers',
    () => changed(`core-${THREAD}.img`, 'CORE', 0, () => ({ thread_info: undefined })),
    `core-${THREAD}.img: registers of the machine`,
  ],
  [
    'no thread',
    () => changed(`core-${THREAD}.img`, 'CORE', 0, () => ({ thread_core: undefined })),
    `core-${THREAD}.img: it says nothing about the thread`,
  ],
  [
    'an unknown descriptor',
    () => changed('fdinfo-2.img', 'FDINFO', 0, () => ({ id: 99 })),
    'fdinfo-2.img: descriptor 0 is file 99, which is not in files.img',
  ],
  [
    'a descriptor of another type',
    () => changed('fdinfo-2.img', 'FDINFO', 0, () => ({ type: FdTypes.REG })),
    'fdinfo-2.img: descriptor 0 is file 7, which is PIPE and not REG',
  ],
  [
    'a descriptor twice',
    () => changed('fdinfo-2.img', 'FDINFO', 0, () => ({ fd: 1 })),
    'fdinfo-2.img: descriptor 1 is there twice',
  ],
  ['a file twice', () => changed('files.img', 'FILES', 0, () => ({ id: 2 })), 'files.img: file 2 is there twice'],
  [
    'a file without content',
    () => changed('files.img', 'FILES', 6, () => ({ pipe: undefined })),
    'files.img: file 7 of type PIPE has nothing that goes with its type',
  ],
  [
    'a peer that is gone',
    () => changed('files.img', 'FILES', 8, ({ usk }) => ({ usk: { ...usk, peer: 5 } })),
    'files.img: unix socket 9 is connected to inode 5',
  ],
  [
    'an unknown directory',
    () => changed(`fs-${ROOT}.img`, 'FS', 0, () => ({ cwd_id: 77 })),
    `fs-${ROOT}.img: the working directory is file 77`,
  ],
  [
    'an unknown executable',
    () => changed(mm, 'MM', 0, () => ({ exe_file_id: 7 })),
    `${mm}: the executable is file 7, which is PIPE and not REG`,
  ],
  [
    'data of no pipe',
    () => queued('PIPES_DATA', 'pipes-data.img', { pipe_id: 4, bytes: 0 }),
    'pipes-data.img: pipe 4 has data and no end',
  ],
  [
    'data of no fifo',
    () => queued('FIFO_DATA', 'fifo-data.img', { pipe_id: 4, bytes: 0 }),
    'fifo-data.img: pipe 4 has data and no end',
  ],
  [
    'a message for nobody',
    () => queued('SK_QUEUES', 'sk-queues.img', { id_for: 7, length: 0 }),
    'sk-queues.img: a message waits for file 7, which is no socket',
  ],
  [
    'a lost descriptor',
    () => queued('SK_QUEUES', 'sk-queues.img', { id_for: 9, length: 0, scm: [{ type: 1, rights: [99] }] }),
    'sk-queues.img: file 99 is on its way',
  ],
  [
    'a ghost of nothing',
    () => changed('remap-fpath.img', 'REMAP_FPATH', 0, () => ({ orig_id: 99 })),
    'remap-fpath.img: a file without a name is file 99',
  ],
  [
    'input of no terminal',
    () => changed('tty-data.img', 'TTY_DATA', 0, () => ({ tty_id: 9 })),
    'tty-data.img: its terminal 9 is not in tty-info.img',
  ],
  [
    'an unknown mapped file',
    () => changed(mm, 'MM', 0, ({ vmas }) => ({ vmas: vmas.with(0, { ...vmas[0], shmid: 50 } as never) })),
    `${mm}: mapping 400000-402000 is file 50`,
  ],
  [
    'mappings that overlap',
    () => changed(mm, 'MM', 0, ({ vmas }) => ({ vmas: vmas.with(1, { ...vmas[1], start: 0x401000 } as never) })),
    `${mm}: mapping 401000-504000 begins before`,
  ],
  [
    'half a page',
    () => changed(mm, 'MM', 0, ({ vmas }) => ({ vmas: vmas.with(1, { ...vmas[1], end: 0x504001 } as never) })),
    `${mm}: mapping 500000-504001 is not made of pages`,
  ],
];
for (const [title, make, expected] of cases) {
  test(`found: ${title}`, (t) => {
    const found = problems(make());
    t.is(
      found.some((problem) => problem.startsWith(expected)),
      true,
      found.join('\n'),
    );
  });
}

test('page maps are held against the pages and the mappings', (t) => {
  const broken = (runs: readonly { start: number; pages: number; flags: number }[], size?: number): string[] => {
    const tree = new Tree();
    tree.pages(pagemap, 1, runs);
    if (size !== undefined) tree.files.set('pages-1.img', Buffer.alloc(size));
    return problems(tree);
  };
  t.deepEqual(broken([{ start: 0x500000, pages: 2, flags: 4 }], 4096), [`pages-1.img: 4096 bytes where ${pagemap} has 2 pages`]);
  t.deepEqual(broken([{ start: 0x503000, pages: 2, flags: 4 }]), [
    `${pagemap}: run at 503000 goes outside the private mappings at 504000`,
  ]);
  t.deepEqual(broken([{ start: 0x7f0000000000, pages: 1, flags: 4 }]), [
    `${pagemap}: run at 7f0000000000 goes outside the private mappings at 7f0000000000`,
  ]);
  t.deepEqual(broken([{ start: 0x500800, pages: 1, flags: 4 }]), [`${pagemap}: run at 500800 is not made of pages`]);
  const overlapping = [
    { start: 0x500000, pages: 2, flags: 4 },
    { start: 0x501000, pages: 1, flags: 4 },
  ];
  t.deepEqual(broken(overlapping), [`${pagemap}: run at 501000 begins before the one before it ends`]);
  const tree = new Tree();
  tree.pages('pagemap-shmem-77.img', 3, [{ start: 8192, pages: 1, flags: 4 }]);
  t.deepEqual(problems(tree), ['pagemap-shmem-77.img: pages up to 12288 in a memory of 8000 bytes']);
});

test('pages beyond 2^53 of a memory that is so large are told from those behind its end', (t) => {
  const far = (start: bigint): string[] => {
    const size = 2n ** 62n + 4195n;
    const tree = changed('memfd.img', 'MEMFD_INODE', 0, (entry) => ({ ...entry, size }));
    tree.pages('pagemap-shmem-77.img', 3, [{ start, pages: 1, flags: 4 }]);
    return problems(tree);
  };
  t.deepEqual(far(2n ** 62n + 4096n), []);
  const behind = 'pagemap-shmem-77.img: pages up to 4611686018427400192 in a memory of 4611686018427392099 bytes';
  t.deepEqual(far(2n ** 62n + 8192n), [behind]);
});

test('a run of more pages than there are is damage', (t) => {
  const tree = new Tree();
  const entries = [
    { type: 'pagemap_head', message: { pages_id: 1 } },
    { type: 'pagemap_entry', message: { vaddr: 0x500000, compat_nr_pages: 1, flags: 4, nr_pages: 2n ** 60n } },
  ] as const;
  tree.files.set(pagemap, encodeRecords(KINDS.PAGEMAP, entries));
  t.true(problems(tree).some((problem) => problem.startsWith(`${pagemap}: a run of 1152921504606846976 pages`)));
});

test('verify reports every fault of a directory at once', async (t) => {
  await withScratch(async (path) => {
    const tree = new Tree();
    await tree.write(path);
    t.deepEqual((await verifyImages(path)).problems, []);
    await writeFile(join(path, 'fs-500.img'), Buffer.from('nonsense'));
    await writeFile(join(path, 'pages-2.img'), Buffer.alloc(4096));
    await writeFile(join(path, 'stats-dump'), tree.files.get('pstree.img') ?? '');
    const report = await verifyImages(path);
    t.true(report.sealed);
    t.deepEqual(report.unlisted, ['stats-dump']);
    const found = report.problems.map(({ file, text }) => `${file}: ${text}`);
    t.true(found.includes('pages-2.img: the file is truncated: 4096 of 16384 bytes are left'), found.join('\n'));
    t.true(found.some((line) => line.startsWith('fs-500.img: the file is truncated')));
    t.true(found.some((line) => line.startsWith('fs-500.img: unknown magic number')));
    t.true(found.some((line) => line.startsWith('stats-dump: magic number of PSTREE instead of STATS')));
  });
});

test('show counts kinds, entries and bytes', async (t) => {
  await withScratch(async (path) => {
    const report = await showImages(await new Tree().write(path));
    t.like(report, { sealed: true, tool: 'stasis test', kernel: '6.1.0', tasks: 3, threads: 4 });
    t.like(
      report.files.find((file) => file.name === 'files.img'),
      { kind: 'FILES', entries: 14 },
    );
    t.like(
      report.files.find((file) => file.name === 'pages-1.img'),
      { kind: 'PAGES', entries: 4, bytes: 16384 },
    );
    const text = renderImages(report);
    t.regex(text, /^core-\*\.img +CORE +4 +4 +\d+$/m);
    t.regex(renderImages(report, true), /^core-500\.img +CORE +1 +1 +\d+$/m);
  });
});

test('a directory without any image is not shown as one of no tasks', async (t) => {
  await withScratch(async (path) => {
    await writeFile(join(path, 'notes.txt'), 'no image');
    const error = await t.throwsAsync(showImages(path), { instanceOf: ImageError });
    t.is(error?.message, `cannot show ${path}: it holds no image — name the directory that a dump has written`);
  });
});
