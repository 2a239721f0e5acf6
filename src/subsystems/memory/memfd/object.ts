// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, MemfdInodeEntry } from '../../../images/generated/messages.js';
import { num } from '../../../images/wire/u64.js';
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDWR } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import type { Makers } from '../../../plan/makers.js';
import type { TreePlan } from '../../../plan/tree.js';
import { isMemfd } from '../mappings/vma.js';

const MFD_ALLOW_SEALING = 2;
/** What a memfd reports that was made without MFD_ALLOW_SEALING. */
export const F_SEAL_SEAL = 1;
const USUAL_MODE = 0o777;

/** The memory of a memfd as the images have it. */
function memfdInode(plan: TreePlan, inode: number): MemfdInodeEntry {
  const found = plan.images.listOf('MEMFD_INODE', 'inode_id', inode)[0];
  if (!found) throw wrong('memfd.img', `memfd ${inode} is missing`);
  return found;
}

/**
 * The description that memfd_create(2) gives: the first of those that some table holds which may write, and at its number, so
 * that none takes a second one. Not of memory that is mapped: what mappings are made of has the same number in all tasks.
 */
export function firstOf(model: Model, makers: Pick<Makers, 'holders'>, inode: number): FileEntry | undefined {
  if (derived(model, MAPPED).has(inode)) return undefined;
  return filesOf(model, inode).find(
    ({ id, memfd }) => memfd && (memfd.flags & O_ACCMODE) === O_RDWR && makers.holders(id).length > 0,
  );
}

/** Descriptions of the same memory. */
export function filesOf(model: Model, inode: number): readonly FileEntry[] {
  return derived(model, FILES).get(inode) ?? [];
}

export function isMapped(model: Model, inode: number): boolean {
  return derived(model, MAPPED).has(inode);
}

const FILES = new Derived(({ files }: Model) => {
  const inodes = new Map<number, FileEntry[]>();
  for (const file of files.values()) {
    if (!file.memfd) continue;
    const known = inodes.get(file.memfd.inode_id);
    if (known) known.push(file);
    else inodes.set(file.memfd.inode_id, [file]);
  }
  return inodes;
});

/** Memory that some mapping is of. */
const MAPPED = new Derived(({ tasks, files }: Model) => {
  const mapped = new Set<number>();
  for (const { alive } of tasks)
    for (const vma of alive?.mm?.vmas ?? []) {
      const memfd = isMemfd(vma) ? files.get(num(vma.shmid))?.memfd : undefined;
      if (memfd) mapped.add(memfd.inode_id);
    }
  return mapped;
});

const BASES = new Derived((_: TreePlan) => new Map<number, number>());

/** Number of a read-write description of the memory, made and filled at first use. */
export function memfdBase(plan: TreePlan, inode: number): number {
  const { pool, root, model, makers, host } = plan;
  const bases = derived(plan, BASES);
  const known = bases.get(inode);
  if (known !== undefined) return known;
  const first = firstOf(model, makers, inode);
  const at = first ? pool.file(first.id) : pool.number(`memfd:${inode}`);
  bases.set(inode, at);
  const { name, size, seals, mode, uid, gid, shmid } = memfdInode(plan, inode);
  const why = `memfd ${inode} (${name})`;
  const sealable = seals === F_SEAL_SEAL ? 0 : MFD_ALLOW_SEALING;
  const made = root.call('memfd_create', [root.path(name), sealable | 1], { why: `${why}: create`, save: true });
  pool.place(root, made, at, why);
  if (size) root.call('ftruncate', [at, size], { why: `${why}: ${size} bytes` });
  if (mode !== undefined && mode !== USUAL_MODE) root.call('fchmod', [at, mode & 0o7777], { why: `${why}: mode` });
  if (uid !== host.uids.at(-1) || gid !== host.gids.at(-1)) root.call('fchown', [at, uid, gid], { why: `${why}: owner` });
  const pagemap = `pagemap-shmem-${shmid}.img`;
  // When it is filled each table is as it will be.
  const [holder] = first ? makers.holders(first.id) : [];
  const where = holder ? { pid: holder.table.owner.pid, fd: holder.fd } : { fd: at };
  if (plan.images.hasFile(pagemap)) plan.fill({ kind: 'object', ...where, pagemap, what: why });
  return at;
}

/** A description of the same memory with these access rights. */
export function memfdDescription(plan: TreePlan, inode: number, flags: number, at: number, why: string): void {
  const { root, pool } = plan;
  const base = memfdBase(plan, inode);
  if (base === at) return;
  const made = root.call('openat', [AT_FDCWD, root.path(`/proc/self/fd/${base}`), flags | O_CLOEXEC, 0], { why, save: true });
  pool.place(root, made, at, why);
}

/** What a mapping of the memfd with this id in files.img is made of. */
export function memfdObject(plan: TreePlan, file: number, flags: number): number {
  const memfd = plan.model.files.get(file)?.memfd;
  if (!memfd) throw wrong('files.img', `file ${file} should be a memfd`);
  if ((flags & O_ACCMODE) === O_RDWR) return memfdBase(plan, memfd.inode_id);
  // Without write access the kernel keeps the mapping from ever being written, which seals may require.
  const key = `memfd:${memfd.inode_id}:${flags}`;
  if (plan.pool.has(key)) return plan.pool.number(key);
  const at = plan.pool.number(key);
  memfdDescription(plan, memfd.inode_id, flags, at, `memfd ${memfd.inode_id}: open for mappings`);
  return at;
}
