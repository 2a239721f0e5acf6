// SPDX-License-Identifier: GPL-2.0-only

import type { ManifestFile } from '../images/generated/messages.js';
import { decodeHead } from '../images/pagemap-head.js';
import { big, num } from '../images/wire/u64.js';
import type { FillTarget, NativeRestoreSession } from '../native/contract.js';
import type { PipeJob } from '../pages/queue.js';
import type { FillJob } from '../plan/jobs.js';
import type { TreePlan } from '../plan/tree.js';

/** The page pipes of a restore. */
export function fillJobs(plan: TreePlan, session: NativeRestoreSession, counted: (bytes: number) => void): PipeJob<number>[] {
  const sums = new Map(plan.images.manifest?.files.map((file) => [file.name, file]));
  return plan.fills.map((job) => ({ ...fillJob(plan, session, job, sums), ended: counted }));
}

type Sums = ReadonlyMap<string, ManifestFile>;

function fillJob(
  { images, model }: TreePlan,
  session: NativeRestoreSession,
  job: FillJob,
  sums: Sums,
): Omit<PipeJob<number>, 'ended'> {
  const root = model.root.pid;
  const dir = images.directory.at;
  if (job.kind === 'ghost') {
    const { fd, name, offset, size, chunks } = job;
    const crc32 = sums.get(name)?.crc32;
    const target = { pid: root, fd, name, offset, size: big(size), chunks, ...(crc32 === undefined ? {} : { crc32 }) };
    // Its one pump brings threads of its own.
    return { pipe: session.ghostFill(dir, target), bytes: 0 };
  }
  const pagesName = `pages-${decodeHead(job.pagemap, images.raw(job.pagemap))}.img`;
  const sum = sums.get(pagesName);
  const mapped = sums.get(job.pagemap);
  // The page map is read again where its pages are: what counts is what is used.
  const expected = sum && mapped ? { ...expectedOf(sum), pagemapCrc32: mapped.crc32 } : {};
  return {
    pipe: session.fillPipe(dir, { ...targetOf(job, root), pagemapName: job.pagemap, pagesName, ...expected }),
    bytes: images.directory.size(pagesName) ?? 0,
  };
}

function expectedOf({ size, crc32, chunk_size, chunk_crc32 }: ManifestFile): Partial<FillTarget> {
  const chunks = chunk_size === undefined ? {} : { pagesChunks: { size: chunk_size, sums: chunk_crc32 } };
  return { pagesCrc32: crc32, pagesSize: num(size), ...chunks };
}

function targetOf(
  job: Exclude<FillJob, { kind: 'ghost' }>,
  root: number,
): Pick<FillTarget, 'pid' | 'fd' | 'uffd' | 'ranges' | 'mapping'> {
  switch (job.kind) {
    case 'task':
      return { pid: job.pid, fd: -1, uffd: job.uffd, ranges: job.ranges };
    case 'mapping':
      return { pid: job.pid, fd: -1, uffd: -1, ranges: [], mapping: [job.start, job.end] };
    case 'object':
      return { pid: job.pid ?? root, fd: job.fd, uffd: -1, ranges: [] };
  }
}
