// SPDX-License-Identifier: GPL-2.0-only
import type { MemfdInodeEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDWR } from '../../../linux/fcntl.js';
import { wrong } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';

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

/** Pool number of a read-write description of the memory, made and filled at first use. */
export function memfdBase(plan: TreePlan, inode: number): number {
  const key = `memfd:${inode}`;
  const { pool, root } = plan;
  if (pool.has(key)) return pool.number(key);
  const at = pool.number(key);
  const { name, size, seals, mode, uid, gid, shmid } = memfdInode(plan, inode);
  const why = `memfd ${inode} (${name})`;
  const sealable = seals === F_SEAL_SEAL ? 0 : MFD_ALLOW_SEALING;
  const made = root.call('memfd_create', [root.path(name), sealable | 1], { why: `${why}: create`, save: true });
  pool.place(root, made, at, why);
  if (size) root.call('ftruncate', [at, size], { why: `${why}: ${size} bytes` });
  if (mode !== undefined && mode !== USUAL_MODE) root.call('fchmod', [at, mode & 0o7777], { why: `${why}: mode` });
  if (uid || gid) root.call('fchown', [at, uid, gid], { why: `${why}: owner` });
  const pagemap = `pagemap-shmem-${shmid}.img`;
  if (plan.images.hasFile(pagemap)) plan.fill({ kind: 'object', fd: at, pagemap, what: why });
  return at;
}

/** Pool number of a description of the same memory with these access rights. */
export function memfdDescription(plan: TreePlan, inode: number, flags: number, at: number, why: string): void {
  const { root, pool } = plan;
  const base = memfdBase(plan, inode);
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
