// SPDX-License-Identifier: GPL-2.0-only
import { F_SETFL, O_APPEND, O_DIRECT, O_NOATIME, O_NONBLOCK } from '../../../linux/fcntl.js';
import type { Strand } from '../../../program/index.js';

/** What fcntl(F_SETFL) changes, but for O_ASYNC: that one notes the descriptor's number, so it waits for the final one. */
const SETTABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

/** Status flags of a description that was made without any. */
export function setStatus(strand: Strand, fd: number, flags: number, what: string): void {
  const wanted = flags & SETTABLE;
  if (wanted) strand.call('fcntl', [fd, F_SETFL, wanted], { why: `${what}: status flags` });
}
