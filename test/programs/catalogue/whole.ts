// SPDX-License-Identifier: GPL-2.0-only
import { listed } from './types.js';

/** Programs for the torture test and the benchmark; each answers `.go-N` as well. */
export const torture = listed('torture', [
  { name: 'survivor', proves: 'six strands under a timer signal storm that verify themselves', processes: 3, threads: 6 },
  { name: 'gapclock', args: ['64'], proves: 'the largest gap that a clock thread sees', threads: 3 },
  { name: 'ballast', args: ['4', '3', '2'], proves: 'a checksum of random memory', processes: 3, threads: 6 },
]);

/** Programs in other languages, of Debian. */
export const real = listed('real', [
  {
    name: 'buffer.py',
    proves: 'Python with four threads, timers and 256 MiB',
    threads: 4,
    needs: { programs: ['python3'] },
  },
  { name: 'pipeline.sh', proves: 'a shell pipeline with unread data', processes: 3, needs: { programs: ['bash'] } },
]);
