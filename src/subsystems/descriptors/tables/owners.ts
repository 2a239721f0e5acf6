// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry, FownEntry } from '../../../images/generated/messages.js';
import { F_SETFL, F_SETOWN_EX, F_SETSIG, O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME, O_NONBLOCK } from '../../../linux/fcntl.js';
import { hasGroup, hasThread } from '../../../model/lookup.js';
import type { Model } from '../../../model/types.js';
import type { TaskPlan } from '../../../plan/tree.js';
import type { Signalling } from './kind.js';
import { definitionOf } from './make.js';

const F_OWNER_PGRP = 2;
const WITH_ASYNC = O_ASYNC | O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

/**
 * Whether the owner was set with root's rights. The kernel remembers whose rights they were (f_owner.uid), and asks
 * them when a signal is due, so it makes a difference when it is set: with the restorer's rights or with the task's own.
 */
export function ownedByRoot(model: Model, file: FileEntry): boolean {
  return signalling(model, file)?.fown.euid === 0;
}

/** F_SETOWN_EX, F_SETSIG, O_ASYNC through the final number `fd`, which siginfo will tell. */
export function setOwner({ tree, task, strand }: TaskPlan, file: FileEntry, fd: number): void {
  const found = signalling(tree.model, file);
  if (!found) return;
  const { fown, flags } = found;
  const what = `fd ${fd} of pid ${task.pid}`;
  if (fown.signum) strand.call('fcntl', [fd, F_SETSIG, fown.signum], { why: `${what}: signal ${fown.signum} when it is ready` });
  if (fown.pid) {
    if (!exists(tree.model, fown)) tree.warn(`${what} had signals sent to ${ownerText(fown)}, which no longer exists`);
    else
      strand.call('fcntl', [fd, F_SETOWN_EX, strand.ints([fown.pid_type, fown.pid])], {
        why: `${what}: signals go to ${ownerText(fown)}`,
      });
  }
  if (flags & O_ASYNC) strand.call('fcntl', [fd, F_SETFL, flags & WITH_ASYNC], { why: `${what}: signals when it is ready` });
}

function signalling(model: Model, file: FileEntry): Signalling | undefined {
  const entry = definitionOf(file)?.entry;
  return typeof entry === 'function' ? entry(model, file) : entry && file[entry];
}

function exists(model: Model, { pid, pid_type }: FownEntry): boolean {
  if (pid_type === F_OWNER_PGRP) return hasGroup(model, pid);
  return model.byPid.has(pid) || hasThread(model, pid);
}

function ownerText({ pid, pid_type }: FownEntry): string {
  return `${['thread', 'pid', 'process group'][pid_type] ?? 'pid'} ${pid}`;
}
