// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** Mappings and their content. */
export const memory = listed('memory', [
  { name: 'anonymous', proves: '64 MiB of private memory: content, zeroed and untouched pages' },
  { name: 'anonymous', args: ['huge'], proves: 'the same in huge pages', needs: { feature: 'transparent huge pages' } },
  { name: 'anonymous', args: ['wide'], proves: 'a mapping of 3 GiB with a few pages in it' },
  { name: 'private-file', proves: 'private file mappings with some pages changed' },
  { name: 'cow', proves: 'memory that three generations share copy-on-write', processes: 3 },
  {
    name: 'cow',
    args: ['frames'],
    proves: 'that unchanged pages of it are still held once',
    processes: 3,
    needs: { root: true },
    beyond: 'copies that are right, only larger, fail this',
  },
  { name: 'shared-anonymous', proves: 'shared anonymous memory, mapped twice, and its twin', processes: 2 },
  { name: 'shared-file', proves: 'shared file mappings of two tasks', processes: 2 },
  { name: 'device-zero', proves: 'private and shared mappings of /dev/zero', processes: 2 },
  { name: 'memfd', proves: 'memfds: open, mapped, shared, sealed', processes: 2 },
  { name: 'stack', proves: 'a deep stack and a mapping that grow downwards' },
  { name: 'heap', proves: 'the brk heap and its end' },
  { name: 'vdso', proves: 'the vdso at its address, and its clocks', threads: 2 },
  { name: 'advice', proves: 'madvise flags as smaps shows them, and what fork makes of them' },
  {
    name: 'locked',
    proves: 'mlock, mlock2 on fault and mlockall for the future, also on fault',
    processes: 3,
    needs: { root: true, feature: 'lf among VmFlags' },
  },
  { name: 'policies', proves: 'memory policies of single mappings (mbind)', processes: 2 },
  { name: 'reservation', proves: 'a reservation of 4 TiB with a few pages in use' },
  { name: 'crowded', args: ['512', 'high'], proves: 'reservations of all addresses but half a MiB' },
  { name: 'crowded', args: ['512', 'low'], proves: 'the same, what is left being the lowest' },
  { name: 'guard', proves: 'guard pages of their own mappings' },
  { name: 'guard', args: ['install'], proves: 'guard pages of MADV_GUARD_INSTALL', needs: { kernel: '6.13' } },
  {
    name: 'guard-shared',
    proves: 'guard pages in shared mappings of five kinds, each of its mapping alone, and in locked memory',
    processes: 2,
    needs: { kernel: '6.15' },
  },
  { name: 'names', proves: 'names of anonymous mappings', needs: { feature: 'CONFIG_ANON_VMA_NAME' } },
  { name: 'jit', proves: 'code in anonymous memory, running', threads: 2 },
  { name: 'many-mappings', proves: 'twenty thousand mappings' },
  { name: 'many-shared', proves: 'shared mappings of a hundred objects: twice, in part, read-only' },
]);
