// SPDX-License-Identifier: GPL-2.0-only

import { FdTypes } from '../../../images/generated/enums.js';
import type { FileEntry, RegFileEntry } from '../../../images/generated/messages.js';
import { VMA_FILE } from '../../../images/vma.js';
import { num } from '../../../images/wire/u64.js';
import {
  AT_FDCWD,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
  SEEK_SET,
} from '../../../linux/fcntl.js';
import { PROT_EXEC } from '../../../linux/mman.js';
import { wrong } from '../../../model/images.js';
import { holderOf } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { DescriptorKind } from '../../descriptors/tables/kind.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { madeWithFile } from '../ghosts/restore.js';
import { isMadeAnew, pathOf } from './path.js';

/** What made the file when it was first opened must not be done again; signals come with their owner. */
const AT_FIRST = O_CREAT | O_EXCL | O_TRUNC | O_ASYNC;

/** Regular files, directories, devices, O_PATH: opened by path, at the position they had. */
export const fileKind: DescriptorKind = {
  /** Names that are made for the moment are gone by the time a task makes its own. */
  alone: (model, file) => !isMadeAnew(model, file),
  create(plan, file, at) {
    const { root, pool } = plan;
    const reg = entryOf(file);
    const name = pathOf(plan, file.id);
    const unnamed = reg.flags & O_TMPFILE ? O_TMPFILE | O_DIRECTORY : 0;
    const flags = (reg.flags & ~(AT_FIRST | unnamed)) | O_NOCTTY | O_CLOEXEC;
    const why = `file ${file.id}: open ${reg.name}`;
    const there = madeWithFile(plan, file.id);
    const made =
      there === undefined
        ? root.call('openat', [AT_FDCWD, root.path(name), flags, 0], { why, save: true })
        : root.call('dup', [there], { why, save: true });
    pool.place(root, made, at, why);
    const trigger = reg.pressure_trigger;
    if (trigger) {
      // The kernel takes the last byte for the end of it.
      const text = new TextEncoder().encode(`${trigger}\0`);
      root.call('write', [at, root.bytes(text), text.length], { why: `file ${file.id} (${reg.name}): trigger ${trigger}` });
    }
    if (!(reg.flags & O_PATH) && reg.pos > 0) {
      root.call('lseek', [at, reg.pos, SEEK_SET], { why: `file ${file.id} (${reg.name}): position ${reg.pos}` });
    }
  },
};

/** Every file that the images name must be there as it was. */
export const filesRestore: RestoreSubsystem = {
  name: 'files',
  check(model, checks) {
    const users = usersOf(model);
    const runs = runsOf(model);
    for (const file of model.files.values()) {
      if (file.type !== FdTypes.REG || !file.reg || isMadeAnew(model, file)) continue;
      const { reg } = file;
      // Its own folder in /proc comes with the root.
      if (`${reg.name}/`.startsWith(`/proc/${model.root.pid}/`)) continue;
      const path = reg.raw_name ? Buffer.from(reg.raw_name) : reg.name;
      checks.file(path, {
        why: users.get(file.id) ?? `file ${file.id}`,
        // What is needed for another reason is opened in another way.
        flags: holderOf(model, file.id) ? reg.flags : undefined,
        size: reg.size,
        mode: reg.mode,
        runs: runs.get(file.id),
        buildId: reg.build_id.length > 0 ? Buffer.from(Uint32Array.from(reg.build_id).buffer) : undefined,
      });
    }
  },
};

/** By id in files.img: programs, and what is mapped as code. */
function runsOf({ tasks }: Model): Map<number, 'program' | 'code'> {
  const runs = new Map<number, 'program' | 'code'>();
  for (const { alive } of tasks)
    for (const { shmid, status, prot } of alive?.mm.vmas ?? [])
      if (status & VMA_FILE && prot & PROT_EXEC) runs.set(num(shmid), 'code');
  for (const { alive } of tasks) if (alive) runs.set(alive.mm.exe_file_id, 'program');
  return runs;
}

/** By id in files.img: what it is to whom. Who holds it as a descriptor is told before who uses it otherwise. */
function usersOf({ tables, tasks }: Model): Map<number, string> {
  const users = new Map<number, string>();
  const add = (id: number, what: string): void => {
    if (!users.has(id)) users.set(id, what);
  };
  for (const { owner, fds } of tables) for (const { fd, file } of fds) add(file, `fd ${fd} of pid ${owner.pid}`);
  for (const { pid, alive } of tasks) {
    if (!alive) continue;
    const { fs, mm } = alive;
    add(mm.exe_file_id, `executable of pid ${pid}`);
    add(fs.cwd_id, `working directory of pid ${pid}`);
    add(fs.root_id, `root directory of pid ${pid}`);
    for (const { shmid, status } of mm.vmas) if (status & VMA_FILE) add(num(shmid), `file mapped by pid ${pid}`);
  }
  return users;
}

function entryOf(file: FileEntry): RegFileEntry {
  if (!file.reg) throw wrong('files.img', `file ${file.id} is a regular file without reg`);
  return file.reg;
}
