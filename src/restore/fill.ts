// SPDX-License-Identifier: GPL-2.0-only
import { decodeHead } from '../images/pagemap-head.js';
import { num } from '../images/wire/u64.js';
import type { NativeFillPipe, NativeRestoreSession } from '../native/contract.js';
import type { PipeJob } from '../pages/queue.js';
import type { FillJob } from './jobs.js';
import type { TreePlan } from './plan.js';

/** The page pipes of a restore. */
export function fillJobs(
  plan: TreePlan,
  session: NativeRestoreSession,
  imagesDir: string,
  counted: (bytes: number) => void,
): PipeJob<NativeFillPipe>[] {
  const sums = new Map(plan.images.manifest?.files.map((file) => [file.name, file]));
  return plan.fills.map((job) => ({
    open: () => openPipe(plan, session, imagesDir, job, sums),
    async finish(pipe) {
      await pipe.finish();
      counted(pipe.bytes);
    },
  }));
}

type Sums = ReadonlyMap<string, { readonly size: number | bigint; readonly crc32: number }>;

function openPipe(plan: TreePlan, session: NativeRestoreSession, dir: string, job: FillJob, sums: Sums): Promise<NativeFillPipe> {
  const root = plan.model.root.pid;
  if (job.kind === 'ghost') {
    const { fd, name, offset, size, chunks } = job;
    const crc32 = sums.get(name)?.crc32;
    return session.ghostFill(dir, { pid: root, fd, name, offset, size, chunks, ...(crc32 === undefined ? {} : { crc32 }) });
  }
  const pagesName = `pages-${decodeHead(job.pagemap, plan.images.raw(job.pagemap))}.img`;
  const sum = sums.get(pagesName);
  const expected = sum ? { pagesCrc32: sum.crc32, pagesSize: num(sum.size) } : {};
  const target =
    job.kind === 'task'
      ? { pid: job.pid, fd: -1, uffd: job.uffd, ranges: job.ranges }
      : { pid: root, fd: job.fd, uffd: -1, ranges: [] };
  return session.fillPipe(dir, { ...target, pagemapName: job.pagemap, pagesName, ...expected });
}
