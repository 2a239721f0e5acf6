// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KindName, MessageOf, PageRun } from '../../../src/images/index.js';
import {
  crc32,
  encodeImage,
  encodeManifest,
  encodePagemap,
  encodeRecords,
  FdTypes,
  type FileEntry,
  type Input,
  KINDS,
  RemapType,
  TtyType,
} from '../../../src/images/index.js';
import { CRIU_FIELDS, Samples } from './samples.js';

export const ROOT = 500;
export const CHILD = 510;
export const THREAD = 501;
export const ZOMBIE = 511;

const fown = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };
const opts = {
  so_sndbuf: 212992,
  so_rcvbuf: 212992,
  so_snd_tmo_sec: 0,
  so_snd_tmo_usec: 0,
  so_rcv_tmo_sec: 0,
  so_rcv_tmo_usec: 0,
};
const regular = (id: number, name: string): Input<FileEntry> => ({
  type: FdTypes.REG,
  id,
  reg: { id, flags: 0, pos: 0, fown, name },
});
const socket = (id: number, ino: number, peer: number, name: string): Input<FileEntry> => ({
  type: FdTypes.UNIXSK,
  id,
  usk: { id, ino, type: 1, state: 1, flags: 2, uflags: 0, backlog: 0, peer, fown, opts, name: Buffer.from(name) },
});

const FILES: readonly Input<FileEntry>[] = [
  regular(1, '/usr/bin/thing'),
  regular(2, '/srv'),
  regular(3, '/'),
  regular(4, '/tmp/deleted'),
  regular(5, '/dev/pts/3'),
  regular(6, '/run/fifo'),
  { type: FdTypes.PIPE, id: 7, pipe: { id: 7, pipe_id: 900, flags: 0, fown } },
  { type: FdTypes.PIPE, id: 8, pipe: { id: 8, pipe_id: 900, flags: 1, fown } },
  socket(9, 1001, 1002, ''),
  socket(10, 1002, 1001, '\0name = x'),
  { type: FdTypes.TTY, id: 11, tty: { id: 11, tty_info_id: 6, flags: 2, fown, regf_id: 5 } },
  { type: FdTypes.FIFO, id: 12, fifo: { id: 12, pipe_id: 901, regf_id: 6 } },
  { type: FdTypes.MEMFD, id: 13, memfd: { id: 13, flags: 2, pos: 0, fown, inode_id: 1 } },
  { type: FdTypes.EVENTFD, id: 14, efd: { id: 14, flags: 2, fown, counter: 3 } },
];

const VMAS = [
  { start: 0x400000, end: 0x402000, pgoff: 0, shmid: 1, prot: 5, flags: 2, status: 0x41, fd: -1, fdflags: 0 },
  { start: 0x500000, end: 0x504000, pgoff: 0, shmid: 0, prot: 3, flags: 0x22, status: 0x221, fd: -1 },
  { start: 0x7f0000000000, end: 0x7f0000002000, pgoff: 0, shmid: 13, prot: 3, flags: 1, status: 0x4081, fd: -1, fdflags: 2 },
  { start: 0x7fff00000000, end: 0x7fff00010000, pgoff: 0, shmid: 0, prot: 3, flags: 0x122, status: 0x201, fd: -1 },
  { start: 0xffffffffff600000n, end: 0xffffffffff601000n, pgoff: 0, shmid: 0, prot: 4, flags: 0x22, status: 0x204, fd: -1 },
];

/** The images of two processes, one with two threads, and a zombie, that refer to each other in every way the rules know. */
export class Tree {
  readonly files = new Map<string, Buffer>();

  constructor() {
    this.put('inventory.img', 'INVENTORY', [{ img_version: 2, fdinfo_per_id: true, ns_per_id: true }]);
    this.put('pstree.img', 'PSTREE', [
      { pid: ROOT, ppid: 0, pgid: ROOT, sid: ROOT, threads: [ROOT, THREAD] },
      { pid: CHILD, ppid: ROOT, pgid: ROOT, sid: ROOT, threads: [CHILD] },
      { pid: ZOMBIE, ppid: CHILD, pgid: ROOT, sid: ROOT, threads: [123456] },
    ]);
    this.put('files.img', 'FILES', FILES);
    this.process(ROOT, 2, 1);
    this.process(CHILD, 3, 2);
    this.put(`core-${THREAD}.img`, 'CORE', [core(THREAD, false)]);
    const tc = { task_state: 2, exit_code: 256, personality: 0, flags: 0, blk_sigset: 0, comm: 'gone' };
    this.put(`core-${ZOMBIE}.img`, 'CORE', [{ mtype: 1, tc }]);
    this.resources();
  }

  put<K extends KindName>(name: string, kind: K, messages: readonly Input<MessageOf<K>>[]): void {
    this.files.set(name, encodeImage(kind, messages));
  }

  /** Changes one entry of an image and nothing else. */
  change<K extends KindName>(name: string, kind: K, entries: readonly MessageOf<K>[], index: number, change: object): void {
    const changed = entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry));
    this.put(name, kind, changed as unknown as readonly Input<MessageOf<K>>[]);
  }

  pages(name: string, pagesId: number, runs: readonly PageRun[]): void {
    this.files.set(name, encodePagemap({ pagesId, runs }));
    const pages = runs.reduce((sum, run) => sum + run.pages, 0);
    this.files.set(`pages-${pagesId}.img`, Buffer.alloc(pages * 4096, pagesId));
  }

  /** Writes the files, with a manifest unless told otherwise. */
  async write(path: string, sealed = true): Promise<string> {
    await mkdir(path, { recursive: true });
    if (sealed) this.files.set('stasis.img', this.manifest());
    for (const [name, bytes] of this.files) await writeFile(join(path, name), bytes);
    return path;
  }

  private manifest(): Buffer {
    this.files.delete('stasis.img');
    const sums = [...this.files].map(([name, bytes]) => ({ name, size: bytes.length, crc32: crc32(bytes) }));
    return encodeManifest(sums, { tool: 'stasis test', kernel_release: '6.1.0', machine: 'x86_64' });
  }

  private process(pid: number, table: number, pagesId: number): void {
    this.put(`core-${pid}.img`, 'CORE', [core(pid, true)]);
    this.put(`ids-${pid}.img`, 'IDS', [{ vm_id: table, files_id: table, fs_id: table, sighand_id: table }]);
    this.put(`fs-${pid}.img`, 'FS', [{ cwd_id: 2, root_id: 3, umask: 18 }]);
    const layout = {
      mm_start_code: 1,
      mm_end_code: 2,
      mm_start_data: 3,
      mm_end_data: 4,
      mm_start_stack: 5,
      mm_start_brk: 6,
      mm_brk: 7,
    };
    const strings = { mm_arg_start: 8, mm_arg_end: 9, mm_env_start: 10, mm_env_end: 11 };
    this.put(`mm-${pid}.img`, 'MM', [{ ...layout, ...strings, exe_file_id: 1, vmas: VMAS }]);
    this.pages(`pagemap-${pid}.img`, pagesId, [
      { start: 0x401000, pages: 1, flags: 4 },
      { start: 0x500000, pages: 3, flags: 6 },
    ]);
    const fds = FILES.slice(6).map(({ id, type }, fd) => ({ id, type, fd, flags: fd % 2 }));
    this.put(`fdinfo-${table}.img`, 'FDINFO', fds);
  }

  private resources(): void {
    const memory = { name: 'shared', uid: 0, gid: 0, size: 8000, shmid: 77, seals: 1, inode_id: 1 };
    this.put('memfd.img', 'MEMFD_INODE', [memory]);
    this.pages('pagemap-shmem-77.img', 3, [{ start: 4096, pages: 1, flags: 4 }]);
    const tty = { type: TtyType.PTY, locked: false, exclusive: false, packet_mode: false, sid: 0, pgrp: 0, rdev: 34819 };
    this.put('tty-info.img', 'TTY_INFO', [{ ...tty, id: 6, pty: { index: 3 } }]);
    this.put('tty-data.img', 'TTY_DATA', [{ tty_id: 6, data: Buffer.from('typed') }]);
    this.put('remap-fpath.img', 'REMAP_FPATH', [{ orig_id: 4, remap_id: 26, remap_type: RemapType.GHOST }]);
    const ghost = { uid: 0, gid: 0, mode: 0o100600 };
    this.files.set(
      'ghost-file-1a.img',
      encodeRecords(KINDS.GHOST_FILE, [{ type: 'ghost_file_entry', message: ghost, payload: Buffer.from('boo') }]),
    );
    const data = Buffer.from('unread');
    this.files.set(
      'pipes-data.img',
      encodeRecords(KINDS.PIPES_DATA, [{ type: 'pipe_data_entry', message: { pipe_id: 900, bytes: 6 }, payload: data }]),
    );
    this.files.set(
      'fifo-data.img',
      encodeRecords(KINDS.FIFO_DATA, [{ type: 'pipe_data_entry', message: { pipe_id: 901, bytes: 6 }, payload: data }]),
    );
    const packet = { id_for: 9, length: 6, scm: [{ type: 1, rights: [14] }] };
    this.files.set(
      'sk-queues.img',
      encodeRecords(KINDS.SK_QUEUES, [{ type: 'sk_packet_entry', message: packet, payload: data }]),
    );
  }
}

/** A live thread; of the leader also what is said about the process. */
function core(seed: number, leader: boolean): Input<MessageOf<'CORE'>> {
  const samples = new Samples(seed, CRIU_FIELDS);
  const words = [1, 2];
  const creds = {
    ...samples.message('creds_entry'),
    cap_inh: words,
    cap_prm: words,
    cap_eff: words,
    cap_bnd: words,
    cap_amb: words,
  };
  const fpregs = { ...samples.message('user_x86_fpregs_entry'), st_space: numbers(32), xmm_space: numbers(64) };
  const sigactions = numbers(62).map((number) => ({ sigaction: number, flags: 0, restorer: 0, mask: 0 }));
  const rlimits = { rlimits: numbers(16).map((cur) => ({ cur, max: 2n ** 64n - 1n })) };
  const tc = { ...samples.message('task_core_entry'), task_state: 1, comm: `comm ${seed}`, sigactions, rlimits };
  const thread = { ...samples.message('thread_core_entry'), creds };
  const message = {
    mtype: 1,
    thread_info: { ...samples.message('thread_info_x86'), fpregs },
    thread_core: thread,
    ...(leader ? { tc } : {}),
  };
  return message as unknown as Input<MessageOf<'CORE'>>;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
