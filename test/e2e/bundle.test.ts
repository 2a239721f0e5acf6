// SPDX-License-Identifier: GPL-2.0-only
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { needing } from '../harness/needs.js';
import { outcomeOf } from '../harness/stasis.js';
import { aptOf } from '../lab/apt.js';
import { cached } from '../lab/cache.js';
import { MACHINES } from '../lab/machines/index.js';
import { must } from '../lab/run.js';
import { scratch } from './lib/scratch.js';

const HARNESS = join(root, 'test/harness/bare');
const [arch = '', machine] = Object.entries(MACHINES).find(([, { node }]) => node === process.arch) ?? [];
const testHere = needing({ root: true, programs: ['npm', 'cargo', 'apt-get', 'unshare', 'readelf'] });

testHere('the bundle dumps and restores where there is a static shell and nothing else', async (t) => {
  t.timeout(900_000);
  if (machine === undefined) throw new Error(`the lab has no machine for ${process.arch}`);
  const folder = scratch(t, true);
  const [data, empty] = [join(folder, 'data'), join(folder, 'root')];
  for (const each of [data, empty]) mkdirSync(each);
  const made = await outcomeOf('npm', '--prefix', root, 'run', '--silent', 'bundle', '--', '--arch', arch, '--no-build');
  t.is(made.code, 0, made.stderr);
  const path = / MB {2}(\S+\.tar\.gz)$/m.exec(made.stdout)?.[1] ?? '';
  await must('tar', ['-xzf', join(root, path), '-C', data]);
  const env = { ...process.env, CC: `${machine.compiler} -static`, STASIS_PROGRAMS_DIR: folder };
  await must(join(root, 'test/programs/build.sh'), ['tasks/threads.c'], { env });
  copyFileSync(join(folder, 'tasks/threads'), join(data, 'target'));
  copyFileSync(join(HARNESS, 'round-trip.sh'), join(data, 'round-trip.sh'));
  const { shell, busybox } = await shells(machine.debian);
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  const entered = [join(HARNESS, 'enter.sh'), empty, shell, busybox, data, 'round-trip.sh'];
  const { code, stdout, stderr } = await outcomeOf('unshare', ...own, 'sh', ...entered);
  t.log(stdout);
  t.is(code, 0, stdout + stderr);
  const [what = '', check = '', ...rest] = stdout.trim().split('\n');
  t.is(what, 'shell: /system/bin/sh /data /dev /old /proc /system');
  t.regex(check, /^check: kernel /);
  t.deepEqual(rest, ['target: ready', 'ended: 137', 'restored: ok 1']);
});

/** Android's shell, linked statically, and what sets the scene for it. */
async function shells(debian: string): Promise<{ shell: string; busybox: string }> {
  const folder = await cached(`shells-${debian}`, [debian, 1], async (made) => {
    const apt = await aptOf(debian, made);
    for (const name of ['mksh', 'busybox-static']) {
      await apt.fetch(name, made);
      await must('sh', ['-ec', 'for archive in *.deb; do dpkg-deb -x "$archive" .; rm "$archive"; done'], { cwd: made });
    }
  });
  return { shell: join(folder, 'usr/lib/klibc/bin/mksh'), busybox: join(folder, 'bin/busybox') };
}
