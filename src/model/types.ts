// SPDX-License-Identifier: GPL-2.0-only
import type {
  FileEntry,
  FsEntry,
  InventoryEntry,
  MmEntry,
  TaskCoreEntry,
  TaskKobjIdsEntry,
  ThreadCoreEntry,
} from '../images/generated/messages.js';
import type { U64 } from '../images/wire/u64.js';
import type { Memo } from '../memo.js';
import type { Images } from './images.js';

/** A process tree as the images have it. */
export interface Model {
  /** What the tree was read from. */
  readonly images: Images;
  /** What subsystems derive from it. */
  readonly memo: Memo;
  readonly inventory: InventoryEntry;
  /** Parents before children, the root first; zombies included. */
  readonly tasks: readonly Task[];
  readonly root: Task;
  readonly byPid: ReadonlyMap<number, Task>;
  /** Entries of files.img by their ids. */
  readonly files: ReadonlyMap<number, FileEntry>;
  readonly tables: readonly FdTable[];
}

export type TaskState = 'running' | 'stopped' | 'zombie';

export interface Task {
  readonly pid: number;
  /** 0 for the root. */
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly comm: string;
  readonly state: TaskState;
  /** state === 'zombie'. */
  readonly zombie: boolean;
  /** Of zombies, as wait(2) reports it. */
  readonly exitCode: number;
  readonly tc: TaskCoreEntry;
  /** The leader first; empty for zombies. */
  readonly threads: readonly Thread[];
  /** Undefined for zombies; so are the following. */
  readonly alive: Alive | undefined;
}

/** What only a task has that is no zombie. */
export interface Alive {
  readonly ids: TaskKobjIdsEntry;
  readonly mm: MmEntry;
  readonly fs: FsEntry;
  readonly table: FdTable;
}

/** A task that is no zombie. */
export type LiveTask = Task & { readonly alive: Alive };

export interface Thread {
  readonly tid: number;
  readonly core: ThreadCoreEntry;
  /** Signal mask. */
  readonly blocked: U64;
  /** thread_info_x86 or thread_info_aarch64, encoded: registers are none of TypeScript's business. */
  readonly registers: Uint8Array;
  /** set_tid_address(2). */
  readonly clearTidAddress: U64;
}

/** A descriptor table; several tasks may share one (CLONE_FILES). */
export interface FdTable {
  /** files_id of the tasks. */
  readonly id: number;
  /** The task that does the work; parents come before children. */
  readonly owner: Task;
  readonly tasks: readonly Task[];
  /** Ascending. */
  readonly fds: readonly Fd[];
}

export interface Fd {
  readonly fd: number;
  readonly cloexec: boolean;
  /** Id in files.img. */
  readonly file: number;
}

export function isAlive(task: Task): task is LiveTask {
  return task.alive !== undefined;
}
