// SPDX-License-Identifier: GPL-2.0-only
import { fstatSync } from 'node:fs';
import type { SingleBar } from 'cli-progress';
import type { ProgressListener } from '../progress/types.js';
import { bytes } from './units.js';

export interface ProgressView {
  readonly listener?: ProgressListener;
  /** Removes the bar from the terminal. */
  close(): void;
}

/** Bytes and rate on a terminal; silent, and nothing loaded, otherwise. */
export function progressView(silent: boolean): ProgressView {
  if (silent || !onTerminal()) return { close: () => undefined };
  let bar: SingleBar | undefined;
  let closed = false;
  let began = 0;
  const ready = import('cli-progress').then(({ default: { SingleBar } }) => {
    bar = new SingleBar({
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: false,
      format: '{stage} {bar} {done} of {total}, {rate}/s',
      barsize: 30,
      fps: 10,
    });
  });
  ready.catch(() => undefined);
  return {
    listener: ({ stage, bytesDone, bytesTotal }) => {
      if (!bar || closed || bytesTotal === 0) return;
      if (began === 0) {
        began = performance.now();
        bar.start(bytesTotal, 0, { stage, done: bytes(0), total: bytes(bytesTotal), rate: bytes(0) });
      }
      const seconds = Math.max(performance.now() - began, 1) / 1000;
      bar.setTotal(bytesTotal);
      bar.update(bytesDone, { stage, done: bytes(bytesDone), total: bytes(bytesTotal), rate: bytes(bytesDone / seconds) });
    },
    close: () => {
      closed = true;
      if (began !== 0) bar?.stop();
    },
  };
}

/** `process.stderr` takes milliseconds to come up, so what cannot be a terminal is sorted out first. */
function onTerminal(): boolean {
  try {
    return fstatSync(2).isCharacterDevice() && process.stderr.isTTY;
  } catch {
    // Closed by whoever called.
    return false;
  }
}
