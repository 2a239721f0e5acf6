// SPDX-License-Identifier: GPL-2.0-only

import type { Task } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import type { Input } from '../../../images/codec.js';
import type { VmaEntry } from '../../../images/generated/messages.js';
import type { ImageSet } from '../../../images/image-set.js';
import { VMA_ANON_PRIVATE, VMA_REGULAR, VMA_VSYSCALL } from '../../../images/vma.js';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ } from '../../../linux/mman.js';
import { tableId } from '../../descriptors/tables/table-id.js';

const PAGE = 0x1_0000_0000n;
const VSYSCALL = 0xffffffffff600000n;

/**
 * Images that a zombie has no need of, and no reader restores: `crit x` asks for them for every pid it finds in
 * pstree.img. The directories and the executable are the root's.
 */
export function stubZombie(facts: Facts, images: ImageSet, task: Task): void {
  const { cwd, root, exe } = facts.root;
  if (!cwd || !root || !exe) return;
  images.touch('FDINFO', tableId(task));
  images.add('FS', { cwd_id: facts.files.special(cwd), root_id: facts.files.special(root), umask: 0 }, { id: task.pid });
  images.add(
    'MM',
    {
      ...EMPTY,
      exe_file_id: facts.files.special(exe),
      // A page of its own for CRIU, which reserves room for what is private; a mapping behind it for `crit x rss`.
      vmas: [
        vma(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, VMA_REGULAR | VMA_ANON_PRIVATE),
        vma(VSYSCALL, MAP_PRIVATE | MAP_ANONYMOUS, VMA_VSYSCALL | VMA_ANON_PRIVATE),
      ],
    },
    { id: task.pid },
  );
  images.emptyPagemap(task.pid, PAGE);
}

function vma(start: bigint, flags: number, status: number): Input<VmaEntry> {
  return { start, end: start + 4096n, pgoff: 0, shmid: 0, prot: PROT_READ, flags, status, fd: -1 };
}

const EMPTY = {
  mm_start_code: 0,
  mm_end_code: 0,
  mm_start_data: 0,
  mm_end_data: 0,
  mm_start_stack: 0,
  mm_start_brk: 0,
  mm_brk: 0,
  mm_arg_start: 0,
  mm_arg_end: 0,
  mm_env_start: 0,
  mm_env_end: 0,
};
