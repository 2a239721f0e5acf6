// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

const x86 = listed(
  'registers/x86_64',
  [
    { name: 'general', proves: 'general registers and flags in user mode', threads: 2 },
    { name: 'general', args: ['syscall'], proves: 'general registers and flags around a system call', threads: 2 },
    { name: 'no-stack', proves: 'a stack pointer that points at no memory', threads: 2 },
    { name: 'sse-x87', proves: 'SSE and x87 registers with their control words', threads: 2 },
    { name: 'avx', proves: 'AVX registers', threads: 2, needs: { cpu: ['avx'] } },
    { name: 'avx512', proves: 'AVX-512 and mask registers', threads: 2, needs: { cpu: ['avx512f', 'avx512bw'] } },
    { name: 'pkru', proves: 'protection keys and PKRU', threads: 2, needs: { cpu: ['pku', 'ospke'] } },
    { name: 'amx', proves: 'AMX tiles and the permission for them', threads: 2, needs: { cpu: ['amx_tile'] } },
    { name: 'bases', proves: 'the bases of fs and gs', threads: 2 },
    { name: 'rseq', proves: 'restartable sequences, mostly stopped inside one', threads: 4, needs: { kernel: '5.13' } },
  ],
  { arch: 'x64' },
);

const arm64 = listed(
  'registers/aarch64',
  [
    { name: 'general', proves: 'general registers, flags and thread pointer in user mode', threads: 2 },
    { name: 'general', args: ['syscall'], proves: 'general registers and flags around a system call', threads: 2 },
    { name: 'fpsimd', proves: 'vector registers with their status and control', threads: 2 },
    { name: 'sve', args: ['16'], proves: 'SVE vectors and predicates', threads: 2, needs: { cpu: ['sve'] } },
    { name: 'sve', args: ['64'], proves: 'SVE vectors of 512 bits', threads: 2, needs: { cpu: ['sve'] } },
    { name: 'sve', args: ['256'], proves: 'SVE vectors of 2048 bits', threads: 2, needs: { cpu: ['sve'] } },
    { name: 'pac', proves: 'the keys of pointer authentication of each thread', threads: 3, needs: { cpu: ['paca', 'pacg'] } },
    { name: 'tagged', proves: 'tagged pointers, and which thread may pass them to the kernel', threads: 3 },
  ],
  { arch: 'arm64' },
);

/** Registers and what the kernel keeps for a thread beside them. */
export const registers = [
  ...x86,
  ...arm64,
  ...listed('registers', [
    { name: 'robust', proves: 'robust mutexes of a thread and of another process', processes: 2, threads: 3 },
    {
      name: 'tid-address',
      proves: 'the word that a thread clears at its end',
      threads: 3,
      needs: { feature: 'CONFIG_CHECKPOINT_RESTORE' },
    },
  ]),
];
