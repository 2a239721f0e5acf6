// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { check } from '../../src/index.js';
import { stasis } from '../harness/stasis.js';
import { fragments, lost } from '../lab/kernels/config.js';
import { MACHINES } from '../lab/machines/index.js';
import { onOurKernel } from './needs.js';

const test = onOurKernel();

/** What the fragments ask for on this machine. */
function asked(): Promise<string> {
  return fragments(Object.values(MACHINES).find(({ node }) => node === process.arch)?.linux ?? '');
}

test('the running kernel has what the fragments of kernel/config ask for', async (t) => {
  const wanted = await asked();
  const got = gunzipSync(readFileSync('/proc/config.gz')).toString();
  t.true(wanted.includes('CONFIG_ANDROID_BINDERFS=y'));
  t.deepEqual(lost(wanted, got), []);
  // The comparison itself can tell.
  t.deepEqual(lost('CONFIG_FUSE_FS=m\n', got), ['CONFIG_FUSE_FS should be m, and is y']);
});

/** What came after 6.1. */
const LATER = [
  'PR_TIMER_CREATE_RESTORE_IDS',
  'MEMBARRIER_CMD_GET_REGISTRATIONS',
  'eventfd-semaphore',
  'PAGEMAP_SCAN',
  'MADV_GUARD_INSTALL',
  'PAGE_IS_GUARD',
  'UFFD_FEATURE_WP_ASYNC',
];

test('stasis check finds all there but what came later', async (t) => {
  const { code, stdout } = await stasis('check');
  t.is(code, 0, stdout);
  // A group, for only groups can be frozen. The first version of control groups is not mounted.
  const group = mkdtempSync('/sys/fs/cgroup/lab-');
  const { features, ok } = await check().finally(() => rmdirSync(group));
  t.true(ok);
  t.log(features.map(({ name, available, detail }) => `${available} ${name}: ${detail}`).join('\n'));
  const absent = new Set(features.filter(({ available }) => available !== 'yes').map(({ name }) => name));
  const expected = [...LATER, 'cgroup v1 freezer'];
  // Not every architecture has it.
  if (!(await asked()).includes('CONFIG_MEM_SOFT_DIRTY=y')) expected.push('soft-dirty tracking');
  t.deepEqual(
    [...absent].filter((name) => !expected.includes(name)),
    [],
  );
});

test('all namespaces', (t) => {
  const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'pid_for_children', 'time', 'time_for_children', 'user', 'uts'];
  t.deepEqual(readdirSync('/proc/self/ns').sort(), kinds);
});

test('all controllers of control groups, and pressure', (t) => {
  const controllers = readFileSync('/proc/cgroups', 'latin1')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[0])
    .filter(Boolean);
  for (const name of [
    'cpuset',
    'cpu',
    'cpuacct',
    'blkio',
    'memory',
    'devices',
    'freezer',
    'net_cls',
    'perf_event',
    'hugetlb',
    'pids',
  ])
    t.true(controllers.includes(name), name);
  const unified = readFileSync('/sys/fs/cgroup/cgroup.controllers', 'latin1').trim().split(' ');
  for (const name of ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids']) t.true(unified.includes(name), name);
  for (const name of ['cpu', 'io', 'memory']) t.regex(readFileSync(`/proc/pressure/${name}`, 'latin1'), /^some avg10=/);
});

test('the types of the kernel, for those who read its memory', (t) => {
  const types = readFileSync('/sys/kernel/btf/vmlinux');
  t.is(types.readUInt16LE(0), 0xeb9f);
  for (const name of ['binder_proc', 'binder_node', 'task_struct']) t.true(types.includes(`\0${name}\0`), name);
});
