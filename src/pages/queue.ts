// SPDX-License-Identifier: GPL-2.0-only
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import type { NativePipe } from '../native/contract.js';

/** A pump more for each of these: less is not worth a second thread. */
const BYTES_PER_PUMP = 16 * 2 ** 20;
/** Pipes share their pumps up to this: between two calls of JavaScript a processor stands idle. */
const BYTES_PER_LOT = 4 * 2 ** 30;
const PROGRESS_MS = 100;

export interface PumpOptions {
  /** Pumps that run at once. Default: the CPU count. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

interface PumpedJob {
  readonly pipe: Pick<NativePipe<unknown>, 'cancel' | 'progress'>;
  /** Bytes to move, or about that: decides how many pumps it gets. */
  readonly bytes: number;
}

/** A pipe and what is to be done with its result. */
export interface PipeJob<End> extends PumpedJob {
  readonly pipe: NativePipe<End>;
  ended(result: End): void;
}

interface Lot<End> {
  readonly jobs: PipeJob<End>[];
  bytes: number;
}

/**
 * Runs page pipes, several at once and several pumps each where they are large: by the lot, all pumps of which take pipe
 * after pipe and in the end help each other, so that many processes are worked on side by side, and one large one by all.
 */
export async function pumpPages<End>(jobs: readonly PipeJob<End>[], options: PumpOptions = {}): Promise<void> {
  const concurrency = options.concurrency ?? availableParallelism();
  const queue = new PQueue({ concurrency });
  const failure = new Failure(queue, jobs);
  const stop = (): void => failure.set(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  const timer = options.onProgress && setInterval(() => report(jobs, options), PROGRESS_MS);
  try {
    if (options.signal?.aborted) stop();
    for (const lot of lots(jobs)) {
      const pumps = Math.max(1, Math.min(concurrency, Math.ceil(lot.bytes / BYTES_PER_PUMP)));
      for (let nth = 0; nth < pumps; nth++) void queue.add(() => failure.guard(() => move(lot)));
    }
    await queue.onIdle();
    failure.throwIfSet();
    report(jobs, options);
  } finally {
    clearInterval(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

function* lots<End>(jobs: readonly PipeJob<End>[]): Generator<Lot<End>> {
  let lot: Lot<End> = { jobs: [], bytes: 0 };
  for (const job of jobs) {
    if (lot.jobs.length > 0 && lot.bytes + job.bytes > BYTES_PER_LOT) {
      yield lot;
      lot = { jobs: [], bytes: 0 };
    }
    lot.jobs.push(job);
    lot.bytes += job.bytes;
  }
  if (lot.jobs.length > 0) yield lot;
}

async function move<End>({ jobs }: Lot<End>): Promise<void> {
  const [first, ...others] = jobs.map(({ pipe }) => pipe);
  const results = (await first?.pump(others)) ?? [];
  for (const [i, result] of results.entries()) if (result !== null) jobs[i]?.ended(result);
}

/** The first thing that went wrong; from then on nothing new begins. */
class Failure {
  private first: { readonly error: unknown } | undefined;

  constructor(
    private readonly queue: PQueue,
    private readonly jobs: readonly PumpedJob[],
  ) {}

  set(error: unknown): void {
    this.first ??= { error };
    this.queue.clear();
    for (const { pipe } of this.jobs) pipe.cancel();
  }

  async guard(work: () => Promise<void>): Promise<void> {
    if (this.first) return;
    try {
      await work();
    } catch (error) {
      this.set(error);
    }
  }

  throwIfSet(): void {
    if (this.first) throw this.first.error;
  }
}

function report(jobs: readonly PumpedJob[], { onProgress }: PumpOptions): void {
  if (!onProgress) return;
  let done = 0;
  let total = 0;
  for (const { pipe, bytes } of jobs) {
    done += pipe.progress();
    total += bytes;
  }
  onProgress(done, total);
}
