// SPDX-License-Identifier: GPL-2.0-only
import { decodeThread, type Thread } from './generated.js';
import { FactsReader } from './reader.js';

/** Survey.tasks, Task.pid, Task.threads: number and wire type as they stand before each value. */
const TASK = (1 << 3) | 2;
const PID = 1 << 3;
const THREAD = (8 << 3) | 2;

/** The threads of a survey, and nothing else of it: the rest is known, and large. */
export function* decodeThreads(survey: Uint8Array): Generator<{ pid: number; threads: Thread[] }> {
  const reader = new FactsReader(survey);
  while (reader.at < survey.length) {
    const tag = reader.tag();
    if (tag === TASK) yield ofTask(reader, reader.until(survey.length));
    else reader.skip(tag & 7);
  }
}

function ofTask(reader: FactsReader, end: number): { pid: number; threads: Thread[] } {
  let pid = 0;
  const threads: Thread[] = [];
  while (reader.at < end) {
    const tag = reader.tag();
    if (tag === PID) pid = reader.i32();
    else if (tag === THREAD) threads.push(decodeThread(reader, reader.until(end)));
    else reader.skip(tag & 7);
  }
  reader.close('Task', end);
  return { pid, threads };
}
