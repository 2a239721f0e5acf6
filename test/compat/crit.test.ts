// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecords, FdTypes, KINDS, type Kind } from '../../src/images/index.js';
import { type Json, parse } from '../../src/images/json/text.js';
import { decodeText, encodeText } from '../../src/images/tools.js';
import { needing } from '../harness/needs.js';
import { type Extent, Samples } from '../unit/images/samples.js';
import { withScratch } from '../unit/images/scratch.js';
import { CHILD, ROOT, Tree } from '../unit/images/tree.js';
import { explore, judge, knownFields } from './crit.js';

const test = needing({ programs: ['crit'] });

/** Kinds that Debian's crit 3.17 does not know. */
const UNKNOWN = ['SIGNAL', 'PIDFD', 'STASIS', 'BINFMT_MISC'];
/** Kinds it decodes but cannot encode: its code for their payload fails in Python 3. */
const DECODED_ONLY = ['BPFMAP_DATA', 'IPCNS_SHM'];
/** Kinds in which it lacks names of flags, or names states wrongly. */
const OTHER_NAMES = ['MM', 'VMAS', 'CORE'];

test('crit decodes every kind as we do, and encodes it to the same bytes', async (t) => {
  const known = knownFields();
  const extent: Extent = (message, field) => known.get(message)?.has(field.number) ?? false;
  await withScratch(async (path) => {
    const images = new Map<string, { kind: Kind; bytes: Buffer }>();
    for (const kind of Object.values<Kind>(KINDS).filter(({ name }) => !UNKNOWN.includes(name))) {
      for (const seed of [41, 42, 43]) {
        const bytes = encodeRecords(kind, fitForCrit(new Samples(seed, extent).records(kind)));
        images.set(`${kind.name}-${seed}`, { kind, bytes });
        await writeFile(join(path, `${kind.name}-${seed}`), bytes);
      }
    }
    const judged = judge(path);
    for (const [name, { kind, bytes }] of images) {
      const { plain, pretty, same } = judged[name] ?? {};
      if (!DECODED_ONLY.includes(kind.name)) t.is(same, true, name);
      t.deepEqual(renamed(parse(decodeText('x', bytes))), plain as Json, name);
      if (!OTHER_NAMES.includes(kind.name))
        t.deepEqual(renamed(parse(decodeText('x', bytes, { pretty: true }))), pretty as Json, name);
      // Its page maps lack a field that ours have.
      if (kind.name === 'PAGEMAP') continue;
      t.deepEqual(encodeText('x', JSON.stringify(plain)), bytes, name);
      if (kind.name !== 'CORE') t.deepEqual(encodeText('x', JSON.stringify(pretty)), bytes, name);
    }
  });
});

/** Its pretty printer wants addresses of one or four words, and it does not know descriptors of processes. */
function fitForCrit<T extends { readonly message: object }>(records: T[]): T[] {
  for (const { message } of records) walk(message as Record<string, unknown>);
  return records;
}

function walk(message: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(message)) {
    if (/^(src_addr|dst_addr|local|remote|rd_prefix|relay_prefix)$/.test(name)) message[name] = [0x0100007f, 0, 0, 7];
    else if (name === 'type' && value === FdTypes.PIDFD) message[name] = FdTypes.REG;
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
      walk(value as Record<string, unknown>);
  }
}

/** crit 3.17 calls field 2 of a page map's entries as CRIU 4.2 calls field 5. */
function renamed(json: Json): Json {
  return parse(JSON.stringify(json).replaceAll('"compat_nr_pages":', '"nr_pages":'));
}

test('crit explores our directories', async (t) => {
  await withScratch(async (path) => {
    const tree = new Tree();
    const withZombie = join(path, 'zombie');
    await mkdir(withZombie);
    await tree.write(withZombie);
    t.regex(explore(withZombie, 'ps'), /500 +500 +500 +comm 500\n +510 +500 +500 +comm 510\n +511 +500 +500 +gone\n/);

    // crit wants descriptors and memory of everybody, also of the dead: CRIU's own directories with zombies fail likewise.
    tree.put('pstree.img', 'PSTREE', [
      { pid: ROOT, ppid: 0, pgid: ROOT, sid: ROOT, threads: [ROOT, 501] },
      { pid: CHILD, ppid: ROOT, pgid: ROOT, sid: ROOT, threads: [CHILD] },
    ]);
    await tree.write(path);
    const fds = explore(path, 'fds');
    t.regex(
      fds,
      /^500\n\t +0: pipe\[900\]\n\t +1: pipe\[900\]\n\t +2: unix\[1001 \(1002\)\]\n\t +3: unix\[1002 \(1001\) =00name =3D x\]$/m,
    );
    t.regex(fds, /^\t +4: TTY\.11\n\t +5: FIFO\.12\n\t +6: MEMFD\.13\n\t +7: EVENTFD\.14\n\t +cwd: \/srv\n\t +root: \/$/m);
    const mems = explore(path, 'mems');
    t.regex(mems, /^\texe +\/usr\/bin\/thing\n\t00400000-00402000 +r-x \/usr\/bin\/thing$/m);
    t.regex(mems, /^\tffffffffff600000-ffffffffff601000 +--x \[vsyscall\] \*$/m);
    t.regex(explore(path, 'rss'), /^\t500000 \/ 3 +00500000 \/ 4/m);
  });
});
