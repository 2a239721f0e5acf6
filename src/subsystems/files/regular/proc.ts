// SPDX-License-Identifier: GPL-2.0-only

import type { Description, Refusal } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { isByPath } from './by-path.js';

const PROC_SUPER_MAGIC = 0x9fa0;

/**
 * Files below /proc/PID of a task of the tree. All files are opened before any task but the root exists, so only its own
 * can be; and only those of its first thread.
 */
export function* refuseProc(facts: Facts): Iterable<Refusal> {
  for (const description of facts.survey.descriptions) {
    const { file, fsMagic } = description;
    if (fsMagic !== PROC_SUPER_MAGIC || !file || !isByPath(description)) continue;
    const path = Buffer.from(file.path).toString();
    if (file.deleted) {
      yield refusal(facts, description, `${path} was of a task that has ended`);
      continue;
    }
    const [, owner, thread = owner] = /\/(\d+)(?:\/task\/(\d+))?(?:\/|$)/.exec(path) ?? [];
    // Numbers in paths are those of whoever mounted it.
    if (owner === undefined || !(facts.task(Number(owner)) ?? facts.onHost(Number(owner)))) continue;
    if (!facts.survey.ownPidNamespace && Number(owner) === facts.root.pid && owner === thread) continue;
    yield refusal(facts, description, `${path} is there only when the task it belongs to is`);
  }
}

function refusal(facts: Facts, { pid, fd }: Description, cause: string): Refusal {
  return facts.refusal(pid, { fd, kind: 'file of /proc', cause, hint: 'let the program close it first' });
}
