// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { encodeMessage } from '../../../src/images/codec.js';
import { encodeFacts } from './facts.js';

const GPREGS = Object.fromEntries(
  'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base gs_base ds es fs gs'
    .split(' ')
    .map((name, i) => [name, i]),
);
const FPREGS = {
  cwd: 0,
  swd: 0,
  twd: 0,
  fop: 0,
  rip: 0,
  rdp: 0,
  mxcsr: 0,
  mxcsr_mask: 0,
  st_space: new Array(32).fill(1),
  xmm_space: new Array(64).fill(2),
};

/** As the native side has them once the thread has been asked. */
export function registers(tid: number): Uint8Array {
  return encodeMessage('thread_info_x86', { clear_tid_addr: clearTidAddress(tid), gpregs: GPREGS as never, fpregs: FPREGS });
}

function clearTidAddress(tid: number): number {
  return 0x7f00_0000_0000 + tid;
}

export const VDSO = { code: 0x7fff_0000_4000, data: 0x7fff_0000_0000 };

const HOST = {
  release: '6.18.0',
  machine: 'x86_64',
  vdsoSha256: Buffer.alloc(32, 7),
  vdso: [
    { name: '[vvar]', start: VDSO.data, end: VDSO.data + 0x2000 },
    { name: '[vvar_vclock]', start: VDSO.data + 0x2000, end: VDSO.code },
    { name: '[vdso]', start: VDSO.code, end: VDSO.code + 0x2000 },
  ],
};

/** Ours, so that a restore would be permitted. */
const CREDENTIALS = ownCredentials();

function ownCredentials(): object {
  const status = readFileSync('/proc/self/status', 'latin1');
  const of = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const [uid, euid, suid, fsuid] = of('Uid').split(/\s+/).map(Number);
  const [gid, egid, sgid, fsgid] = of('Gid').split(/\s+/).map(Number);
  const set = (name: string): string => BigInt(`0x${of(name)}`).toString();
  return {
    ...{ uid, euid, suid, fsuid, gid, egid, sgid, fsgid },
    groups: of('Groups').split(/\s+/).filter(Boolean).map(Number),
    capPermitted: set('CapPrm'),
    capEffective: set('CapEff'),
    capBounding: set('CapBnd'),
  };
}

export interface FakeTask {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid?: number;
  readonly sid?: number;
  readonly threads?: readonly number[];
  readonly state?: number;
  readonly exitCode?: number;
  readonly fds?: readonly { fd: number; cloexec?: boolean; description: number }[];
  readonly vmas?: readonly object[];
  readonly more?: object;
}

export interface FakeTree {
  readonly tasks: readonly FakeTask[];
  readonly descriptions?: readonly object[];
  readonly memoryObjects?: readonly object[];
}

export function hostFacts(): Buffer {
  return encodeFacts('Host', HOST);
}

/** An address space as small programs have it. `exe`: a file that exists. */
export function usualVmas(exe: object): object[] {
  return [
    { start: 0x40_0000, end: 0x40_2000, offset: 0, prot: 5, kind: 3, flags: 0, file: exe },
    { start: 0x50_0000, end: 0x52_1000, prot: 3, kind: 1, flags: 0 },
    { start: 0x7ff0_0000_0000, end: 0x7ff0_0002_1000, prot: 3, kind: 2, flags: 1 << 8 },
    { start: VDSO.data, end: VDSO.data + 0x2000, prot: 1, kind: 6, flags: 0 },
    { start: VDSO.data + 0x2000, end: VDSO.code, prot: 1, kind: 6, flags: 0 },
    { start: VDSO.code, end: VDSO.code + 0x2000, prot: 5, kind: 5, flags: 0 },
    { start: '18446744073699065856', end: '18446744073699069952', prot: 4, kind: 7, flags: 0 },
  ];
}

/** What a survey of the tree would find, encoded. */
export function survey(tree: FakeTree, exe: object, refusals: readonly object[] = []): Buffer {
  return encodeFacts('Survey', {
    tasks: tree.tasks.map((task) => surveyTask(task, exe)),
    descriptions: tree.descriptions ?? [],
    memoryObjects: tree.memoryObjects ?? [],
    refusals,
    host: HOST,
  });
}

function surveyTask(task: FakeTask, exe: object): object {
  const { pid, ppid, pgid = pid, sid = pid, state = 0, exitCode = 0, fds = [], vmas, more } = task;
  const base = { pid, hostPid: pid, ppid, pgid, sid, state, exitCode, comm: `task${pid}`, ...more };
  if (state === 2) return base;
  return {
    ...base,
    threads: (task.threads ?? [pid]).map((tid) => ({
      tid,
      comm: `thread${tid}`,
      credentials: CREDENTIALS,
      blocked: '18446744073709551615',
      threadInfo: registers(tid),
      affinity: Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]),
      timerSlack: 50000,
      robustList: 0x1000,
      robustListLen: 24,
    })),
    umask: 0o22,
    cwd: { path: Buffer.from('/tmp'), mode: 0o040000, ino: 2 },
    root: { path: Buffer.from('/'), mode: 0o040000, ino: 3 },
    exe,
    limits: Array.from({ length: 16 }, () => ({ soft: '1024', hard: '18446744073709551615' })),
    layout: {
      startCode: 0x40_0000,
      endCode: 0x40_1000,
      startData: 0x40_1000,
      endData: 0x40_2000,
      startStack: 0x7ff0_0001_0000,
      startBrk: 0x50_0000,
    },
    vmas: vmas ?? usualVmas(exe),
    fds,
    auxv: Buffer.alloc(32),
    exitSignal: 17,
  };
}

/** What the tasks would answer, encoded; one for each that is no zombie. */
export function inner(tree: FakeTree): Buffer[] {
  return tree.tasks
    .filter(({ state }) => state !== 2)
    .map(({ pid, state, threads = [pid] }) =>
      encodeFacts('Inner', {
        pid,
        stopSignal: state === 1 ? 19 : 0,
        sigactions: Buffer.alloc(64 * 32),
        itimers: Buffer.alloc(96),
        brk: 0x52_1000,
        dumpable: 1,
        mceKill: 2,
        threads: threads.map((tid) => ({
          tid,
          altstack: Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 2, ...new Array(15).fill(0)]),
          clearChildTid: clearTidAddress(tid),
        })),
      }),
    );
}
