// SPDX-License-Identifier: GPL-2.0-only
import { fstatSync } from 'node:fs';
import type { SingleBar } from 'cli-progress';
import { now } from '../stages/clock.js';
import type { ProgressListener } from '../stages/progress.js';
import { bytes } from '../text/units.js';

export interface ProgressView {
  readonly listener?: ProgressListener;
  /** Removes the bar from the terminal. */
  close(): void;
}

/** From the first news of pages to the first sight of the bar, in seconds. */
const LEAST_S = 0.1;

/** Bytes and rate on a terminal; silent, and nothing loaded, otherwise. */
export function progressView(silent: boolean): ProgressView {
  if (silent || !onTerminal()) return { close: () => undefined };
  let bar: SingleBar | undefined;
  let closed = false;
  let began: number | undefined;
  let shown = false;
  const ready = import('cli-progress').then(({ default: { SingleBar } }) => {
    bar = new SingleBar({
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: false,
      // `total` is a word of the library's own.
      format: '{stage} {bar} {done} of {whole}, {rate}/s',
      barsize: 30,
      fps: 10,
    });
  });
  ready.catch(() => undefined);
  return {
    listener: ({ stage, bytesDone, bytesTotal }) => {
      if (closed || bytesTotal === 0) return;
      // The pages may have begun to move before the bar was loaded.
      began ??= now();
      if (!bar) return;
      const seconds = (now() - began) / 1000;
      // What is over before it can be read would only flicker, and its rate is none.
      if (!shown && seconds < LEAST_S) return;
      const words = { stage, done: bytes(bytesDone), whole: bytes(bytesTotal), rate: bytes(bytesDone / seconds) };
      if (!shown) bar.start(bytesTotal, bytesDone, words);
      shown = true;
      bar.setTotal(bytesTotal);
      bar.update(bytesDone, words);
    },
    close: () => {
      closed = true;
      if (shown) bar?.stop();
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
