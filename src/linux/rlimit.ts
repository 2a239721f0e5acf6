// SPDX-License-Identifier: GPL-2.0-only
/** Names of RLIMIT_*, by number (x86_64, arm64), as /proc/PID/limits has them and as prlimit(1) does. */
export const LIMITS: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'CPU'],
  ['Max file size', 'FSIZE'],
  ['Max data size', 'DATA'],
  ['Max stack size', 'STACK'],
  ['Max core file size', 'CORE'],
  ['Max resident set', 'RSS'],
  ['Max processes', 'NPROC'],
  ['Max open files', 'NOFILE'],
  ['Max locked memory', 'MEMLOCK'],
  ['Max address space', 'AS'],
  ['Max file locks', 'LOCKS'],
  ['Max pending signals', 'SIGPENDING'],
  ['Max msgqueue size', 'MSGQUEUE'],
  ['Max nice priority', 'NICE'],
  ['Max realtime priority', 'RTPRIO'],
  ['Max realtime timeout', 'RTTIME'],
];
