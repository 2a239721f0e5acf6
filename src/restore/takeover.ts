// SPDX-License-Identifier: GPL-2.0-only
import { encodeTakeover, type TakeoverThread } from '../facts/generated.js';
import { Writer } from '../images/wire/writer.js';
import { isAlive } from '../model/types.js';
import type { TreePlan } from '../plan/tree.js';
import type { Strand } from '../program/index.js';

/** Bytes that a thread takes beside its registers, at most. */
const BESIDE_REGISTERS = 64;

/** The host's last step: what each thread goes on with, as stasis.facts.Takeover. */
export function takeover({ model, strands }: TreePlan): Uint8Array {
  const threads: TakeoverThread[] = [];
  for (const task of model.tasks) {
    if (!isAlive(task)) continue;
    for (const [i, { tid, core, registers, blocked }] of task.threads.entries()) {
      const { index } = strands.get(tid) as Strand;
      const stopped = i === 0 && task.state === 'stopped';
      const stopSignal = stopped ? (task.tc.stop_signo ?? 0) : 0;
      threads.push({
        strand: index,
        pid: task.pid,
        tid,
        threadInfo: registers,
        blocked,
        stopped,
        stopSignal,
        interrupted: core.interrupted ?? 0,
      });
    }
  }
  const expected = threads.reduce((sum, { threadInfo }) => sum + threadInfo.length + BESIDE_REGISTERS, 0);
  return encodeTakeover(new Writer(expected), { threads }).finish();
}
