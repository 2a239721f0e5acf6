// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import {
  decodeCore,
  decodeImage,
  decodeMessage,
  decodePagemap,
  decodeRecords,
  encodeCore,
  encodeImage,
  encodeMessage,
  encodePagemap,
  encodeRecords,
  ImageError,
  imageName,
  KINDS,
  type Kind,
  kindOfName,
} from '../../../src/images/index.js';
import { ALL_FIELDS, Samples } from './samples.js';

const kinds: readonly Kind[] = Object.values(KINDS);

for (const kind of kinds) {
  test(`${kind.name} comes back as it was written, payloads too`, (t) => {
    for (const seed of [3, 4]) {
      const records = new Samples(seed, ALL_FIELDS).records(kind);
      const bytes = encodeRecords(kind, records);
      const image = decodeRecords('x', bytes, kind);
      t.is(image.kind, kind);
      t.is(image.records.length, records.length);
      for (const [index, { payload, payloadAt }] of image.records.entries()) {
        const written = records[index]?.payload;
        t.deepEqual(Buffer.from(payload ?? []), Buffer.from(written ?? []));
        if (payload && payloadAt !== undefined)
          t.deepEqual(bytes.subarray(payloadAt, payloadAt + payload.length), Buffer.from(payload));
      }
      t.deepEqual(encodeRecords(kind, image.records), bytes);
      t.is(decodeRecords('x', bytes).kind, kind, 'the magic number tells the kind');
    }
  });
}

test('magic numbers and names tell kinds apart', (t) => {
  t.is(new Set(kinds.map((kind) => kind.magic)).size, kinds.length);
  for (const kind of kinds) for (const form of kind.files) t.is(kindOfName(form.replace('*', '12')), kind, form);
  t.is(kindOfName('pages-12.img'), 'raw');
  t.is(kindOfName('ghost-file-ff.img'), KINDS.GHOST_FILE);
  t.is(kindOfName('pagemap-shmem-7.img'), KINDS.PAGEMAP);
  t.is(kindOfName('dump.log'), undefined);
  t.is(kindOfName('core-x.img'), undefined);
  t.is(imageName('GHOST_FILE', 255), 'ghost-file-ff.img');
  t.is(imageName('CORE', 12), 'core-12.img');
  t.is(imageName('PSTREE'), 'pstree.img');
});

test('headers are those of CRIU', (t) => {
  t.is(encodeImage('PSTREE', []).toString('hex'), '1943565430302750');
  t.is(encodeImage('INVENTORY', []).toString('hex'), '16313158');
  t.is(encodeImage('STATS', []).toString('hex'), '4059105506330957');
});

test('images of CRIU before 1.4 have no common word', (t) => {
  const [entry] = decodeImage(
    'PSTREE',
    'pstree.img',
    encodeImage('PSTREE', [{ pid: 7, ppid: 0, pgid: 7, sid: 7, threads: [7] }]).subarray(4),
  );
  t.is(entry?.pid, 7);
});

const errors: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /^cannot read image mm-5\.img: 0 bytes are too few/],
  ['half a header', Buffer.from('19435654', 'hex'), /too few for two magic numbers/],
  ['another kind', encodeImage('PSTREE', []), /magic number of PSTREE instead of MM/],
  ['no image', Buffer.from('#!/bin/sh'), /unknown magic number 0x622f2123/],
  ['a wrong first word', Buffer.from('4059105520284957', 'hex'), /first word 0x55105940 does not go with MM/],
  ['half an entry', Buffer.from('194356542028495702', 'hex'), /entry 0 \(mm_entry\): ends 3 B/],
];
for (const [title, bytes, message] of errors) {
  test(`${title} is an error that names the file`, (t) => {
    const error = t.throws(() => decodeImage('MM', 'mm-5.img', bytes), { instanceOf: ImageError, message });
    t.is(error.file, 'mm-5.img');
  });
}

test('a truncated image never reads as the whole one', (t) => {
  for (const kind of kinds) {
    const bytes = encodeRecords(kind, new Samples(9, ALL_FIELDS).records(kind));
    for (let length = 0; length < bytes.length; length += 1 + (bytes.length >> 6)) {
      try {
        t.false(encodeRecords(kind, decodeRecords('cut.img', bytes.subarray(0, length), kind).records).equals(bytes));
      } catch (error) {
        t.true(error instanceof ImageError && error.message.includes('cut.img'), String(error));
      }
    }
  }
});

test('registers pass through a core image unopened', (t) => {
  const samples = new Samples(13, ALL_FIELDS);
  const registers = encodeMessage('thread_info_x86', samples.message('thread_info_x86') as never);
  const thread = samples.message('thread_core_entry') as never;
  const bytes = encodeCore({ mtype: 1, thread_info: registers, thread_core: thread });
  t.deepEqual(
    bytes,
    encodeImage('CORE', [{ mtype: 1, thread_info: decodeMessage('thread_info_x86', registers), thread_core: thread }]),
  );
  t.deepEqual(Buffer.from(decodeCore('core-1.img', bytes).thread_info ?? []), registers);
});

test('page maps carry the number of pages for old and new readers', (t) => {
  const runs = [
    { start: 0x10000, pages: 3, flags: 4 },
    { start: 0xffffffffff600000n, pages: 2 ** 32, flags: 6 },
  ];
  const bytes = encodePagemap({ pagesId: 9, runs });
  t.deepEqual(decodePagemap('pagemap-1.img', bytes), { pagesId: 9, runs });
  const [, first, second] = decodeRecords('pagemap-1.img', bytes).records;
  t.like(first?.message, { compat_nr_pages: 3, nr_pages: 3 });
  t.like(second?.message, { compat_nr_pages: 0, nr_pages: 2 ** 32 });
  const old = encodeRecords(KINDS.PAGEMAP, [
    { type: 'pagemap_head', message: { pages_id: 1 } },
    { type: 'pagemap_entry', message: { vaddr: 4096, compat_nr_pages: 5 } },
  ]);
  t.deepEqual(decodePagemap('pagemap-1.img', old).runs, [{ start: 4096, pages: 5, flags: 4 }]);
});
