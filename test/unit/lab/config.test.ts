// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib/root.js';
import { fragments, lost } from '../../lab/kernels/config.js';

const GOT = `CONFIG_SMP=y
CONFIG_NR_CPUS=8
CONFIG_LSM="landlock,selinux"
# CONFIG_MODULES is not set
`;

test('an option that is lost is named, with what it is instead', (t) => {
  t.deepEqual(lost(GOT, GOT), []);
  t.deepEqual(lost('CONFIG_SMP=y\n# CONFIG_ABSENT is not set\n', GOT), []);
  t.deepEqual(lost('CONFIG_FUSE_FS=y\nCONFIG_MODULES=y\nCONFIG_NR_CPUS=64\n# CONFIG_SMP is not set\nCONFIG_LSM=""\n', GOT), [
    'CONFIG_FUSE_FS should be y, and is n',
    'CONFIG_MODULES should be y, and is n',
    'CONFIG_NR_CPUS should be 64, and is 8',
    'CONFIG_SMP should be n, and is y',
    'CONFIG_LSM should be "", and is "landlock,selinux"',
  ]);
});

test('fragments: comments and options only, no option twice, those of the other machine left out', async (t) => {
  const folder = join(root, 'kernel/config');
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8');
    t.true(text.endsWith('\n'), name);
    for (const line of text.trimEnd().split('\n')) t.regex(line, /^(CONFIG_\w+=(y|\d+|".*")|#.*)$/, name);
  }
  const [intel, arm] = await Promise.all([fragments('x86_64'), fragments('arm64')]);
  t.true(intel.includes('CONFIG_MEM_SOFT_DIRTY=y\n'));
  t.false(arm.includes('CONFIG_MEM_SOFT_DIRTY'));
  t.false(intel.includes('CONFIG_ARM64_MTE'));
  for (const text of [intel, arm]) {
    const names = [...text.matchAll(/^(?:# )?(CONFIG_\w+)(?:=| is not set)/gm)].map(([, name]) => name);
    t.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  }
});
