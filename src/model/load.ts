// SPDX-License-Identifier: GPL-2.0-only
import type { PstreeEntry, ThreadCoreEntry } from '../images/generated/messages.js';
import { imageName } from '../images/kinds.js';
import { Memo } from '../memo.js';
import { clearTidAddress } from './core-image.js';
import { type Images, missing, wrong } from './images.js';
import { type Checked, checkInterrupted, checkMappings } from './sense.js';
import type { Alive, Fd, FdTable, Model, Task, TaskState, Thread } from './types.js';

const STATES = new Map<number, TaskState>([
  [1, 'running'],
  [2, 'zombie'],
  [3, 'stopped'],
  [6, 'zombie'],
]);
const FD_CLOEXEC = 1;
/** -1 as a user or group. */
const NOBODY_AT_ALL = 0xffff_ffff;

/** Puts the images of a tree together. Everything that one image says about another is checked here. */
export function loadModel(images: Images): Model {
  const inventory = images.one('INVENTORY');
  if (!inventory.fdinfo_per_id) throw wrong('inventory.img', 'fdinfo_per_id is not set: written by a tool that is too old');
  const files = new Map(images.list('FILES').map((file) => [file.id, file]));
  const tables = new Map<number, Growing>();
  const byPid = new Map<number, Task>();
  const checked: Checked = new Set();
  for (const entry of images.list('PSTREE')) {
    const task = loadTask(images, entry, tables, checked);
    if (byPid.has(task.pid)) throw wrong('pstree.img', `pid ${task.pid} occurs twice`);
    if (byPid.size > 0 && !byPid.has(task.ppid))
      throw wrong('pstree.img', `pid ${task.pid} comes before its parent, pid ${task.ppid}`);
    byPid.set(task.pid, task);
  }
  const tasks = [...byPid.values()];
  const [root] = tasks;
  if (!root) throw missing('pstree.img', 'it has no entry');
  for (const task of tasks) if (task.alive) tables.get(task.alive.table.id)?.tasks.push(task);
  for (const table of tables.values()) finishTable(images, table, files);
  const loaded = { tasks, files, tables: [...tables.values()] };
  return { ...loaded, images, memo: new Memo(), inventory, root, byPid };
}

interface Growing extends FdTable {
  owner: Task;
  readonly tasks: Task[];
  readonly fds: Fd[];
  readonly pids: number[];
}

function loadTask(images: Images, entry: PstreeEntry, tables: Map<number, Growing>, checked: Checked): Task {
  const { pid, ppid, pgid, sid } = entry;
  const leader = loadThread(images, pid);
  const { tc } = leader;
  if (!tc) throw wrong(imageName('CORE', pid), 'it has no tc');
  const state = STATES.get(tc.task_state);
  if (!state) throw wrong(imageName('CORE', pid), `task state ${tc.task_state} is unknown`);
  const zombie = state === 'zombie';
  const others = zombie ? [] : entry.threads.filter((tid) => tid !== pid).map((tid) => loadThread(images, tid));
  return {
    pid,
    ppid,
    pgid,
    sid,
    comm: tc.comm,
    state,
    zombie,
    exitCode: tc.exit_code,
    tc,
    threads: zombie ? [] : [leader, ...others].map(({ thread, tid }) => thread ?? noThread(tid)),
    alive: zombie ? undefined : loadAlive(images, pid, tables, checked),
  };
}

function loadThread(images: Images, tid: number): { tid: number; tc: Task['tc'] | undefined; thread: Thread | undefined } {
  const { tc, thread_core: core, thread_info, ti_aarch64 } = images.directory.core(tid);
  const registers = thread_info ?? ti_aarch64;
  if (!core || !registers) return { tid, tc, thread: undefined };
  checkCredentials(tid, core);
  checkInterrupted(tid, core.interrupted);
  const blocked = tc?.blk_sigset ?? core.blk_sigset ?? 0;
  return { tid, tc, thread: { tid, core, blocked, registers, clearTidAddress: clearTidAddress(registers) } };
}

/** Without them, or with ids that setresuid(2) takes as "unchanged", a thread would keep those of the restorer. */
function checkCredentials(tid: number, { creds }: ThreadCoreEntry): void {
  if (!creds) throw wrong(imageName('CORE', tid), 'it has no credentials');
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid } = creds;
  if ([uid, euid, suid, fsuid, gid, egid, sgid, fsgid].includes(NOBODY_AT_ALL))
    throw wrong(imageName('CORE', tid), `its user or group is ${NOBODY_AT_ALL}, which is none`);
}

function noThread(tid: number): never {
  throw wrong(imageName('CORE', tid), 'it has no thread_core, or no registers');
}

function loadAlive(images: Images, pid: number, tables: Map<number, Growing>, checked: Checked): Alive {
  const ids = images.one('IDS', pid);
  let table = tables.get(ids.files_id);
  if (!table) {
    table = { id: ids.files_id, owner: undefined as unknown as Task, tasks: [], fds: [], pids: [] };
    tables.set(ids.files_id, table);
  }
  table.pids.push(pid);
  const mm = images.one('MM', pid);
  checkMappings(pid, mm, checked);
  return { ids, mm, fs: images.one('FS', pid), table };
}

function finishTable(images: Images, table: Growing, files: Model['files']): void {
  table.owner = table.tasks[0] as Task;
  const name = imageName('FDINFO', table.id);
  if (!images.has('FDINFO', table.id)) throw missing(name, 'no such file');
  for (const { fd, flags, id } of images.list('FDINFO', table.id)) {
    if (!files.has(id)) throw wrong(name, `descriptor ${fd} refers to file ${id}, which files.img does not have`);
    table.fds.push({ fd, cloexec: (flags & FD_CLOEXEC) !== 0, file: id });
  }
  table.fds.sort((a, b) => a.fd - b.fd);
}
