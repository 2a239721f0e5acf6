// SPDX-License-Identifier: GPL-2.0-only
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import type { NativePipe } from '../native/contract.js';

/** A pump more for each of these: less is not worth a second thread. */
const BYTES_PER_PUMP = 16 * 2 ** 20;
const PROGRESS_MS = 100;

export interface PumpOptions {
  /** Pumps that run at once. Default: the CPU count. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/** Opens a pipe and says what to do when it has run dry. */
export interface PipeJob<P extends NativePipe> {
  open(): Promise<P>;
  finish(pipe: P): Promise<void>;
}

/**
 * Runs page pipes, several at once and several pumps each where a pipe is large. All pipes get their first pump before
 * any gets its second, so that many processes are worked on side by side, and one large one by all.
 */
export async function pumpPages<P extends NativePipe>(jobs: readonly PipeJob<P>[], options: PumpOptions = {}): Promise<void> {
  const concurrency = options.concurrency ?? availableParallelism();
  const queue = new PQueue({ concurrency });
  const pipes: P[] = [];
  const failure = new Failure(queue, pipes);
  const stop = (): void => failure.set(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  const timer = options.onProgress && setInterval(() => report(pipes, options), PROGRESS_MS);
  try {
    if (options.signal?.aborted) stop();
    for (const job of jobs) void queue.add(() => failure.guard(() => begin(queue, failure, pipes, job, concurrency)));
    await queue.onIdle();
    failure.throwIfSet();
    report(pipes, options);
  } finally {
    clearInterval(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

async function begin<P extends NativePipe>(
  queue: PQueue,
  failure: Failure,
  pipes: P[],
  job: PipeJob<P>,
  concurrency: number,
): Promise<void> {
  const pipe = await job.open();
  pipes.push(pipe);
  const pumps = Math.max(1, Math.min(concurrency, Math.ceil(pipe.bytes / BYTES_PER_PUMP)));
  let left = pumps;
  const pump = async (): Promise<void> => {
    await pipe.pump();
    left -= 1;
    if (left === 0) await job.finish(pipe);
  };
  for (let i = 1; i < pumps; i++) void queue.add(() => failure.guard(pump), { priority: -i });
  await pump();
}

/** The first thing that went wrong; from then on nothing new begins. */
class Failure {
  private first: { readonly error: unknown } | undefined;

  constructor(
    private readonly queue: PQueue,
    private readonly pipes: readonly NativePipe[],
  ) {}

  set(error: unknown): void {
    this.first ??= { error };
    this.queue.clear();
    for (const pipe of this.pipes) pipe.cancel();
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

function report(pipes: readonly NativePipe[], { onProgress }: PumpOptions): void {
  if (!onProgress) return;
  let done = 0;
  let total = 0;
  for (const pipe of pipes) {
    done += pipe.progress();
    total += pipe.bytes;
  }
  onProgress(done, total);
}
