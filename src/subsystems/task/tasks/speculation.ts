// SPDX-License-Identifier: GPL-2.0-only
// Documentation/userspace-api/spec_ctrl.rst

/** In what PR_GET_SPECULATION_CTRL answers: the thread may set it. */
const PR_SPEC_PRCTL = 1;
const PR_SPEC_ENABLE = 2;
const PR_SPEC_DISABLE = 4;

export interface Speculation {
  readonly what: string;
  /** As a new task has it, where the kernel leaves it to tasks. */
  readonly initial: number;
}

/** By their numbers, PR_SPEC_STORE_BYPASS and so on. The last is a flush and no speculation: nobody has it unless asked for. */
export const SPECULATIONS: readonly Speculation[] = [
  { what: 'speculative store bypass', initial: PR_SPEC_ENABLE },
  { what: 'speculation of indirect branches', initial: PR_SPEC_ENABLE },
  { what: 'flush of the L1D cache', initial: PR_SPEC_DISABLE },
];

/** Whether the thread has asked for other than what a new task has. */
export function isAskedFor(state: number, kind: number): boolean {
  const known = SPECULATIONS[kind];
  return known !== undefined && (state & PR_SPEC_PRCTL) !== 0 && (state & known.initial) === 0;
}

/** What PR_SET_SPECULATION_CTRL takes for it. */
export function settingOf(state: number): number {
  return state & ~PR_SPEC_PRCTL;
}
