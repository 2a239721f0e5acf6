// SPDX-License-Identifier: GPL-2.0-only

/** What decides how a process comes into being. */
export interface CreationTask {
  readonly pid: number;
  /** 0 for the root of the tree. */
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly zombie: boolean;
}

/**
 * - `child`: an ordinary child of its maker.
 * - `sibling`: made with CLONE_PARENT, so that it has its maker's session and its maker's parent.
 * - `orphan`: made by a short-lived child of its maker, whose end hands it to the nearest subreaper.
 */
export type MakingHow = 'child' | 'sibling' | 'orphan';

export interface Making<T> {
  readonly how: MakingHow;
  readonly born: Born<T>;
}

/** A process to be made, and what it does until all exist; in the order of the fields. */
export interface Born<T> {
  readonly pid: number;
  /** Absent: a helper that stands in for a dead session or group leader, and ends when all groups are joined. */
  readonly task: T | undefined;
  /** The parent it ends up with; undefined for whoever the seed's parent is. */
  readonly parent: Born<T> | undefined;
  /** Takes over orphans while the tree is made (PR_SET_CHILD_SUBREAPER). */
  adopts: boolean;
  /** Made in the session this process was born in. */
  readonly before: Making<T>[];
  /** Calls setsid(). */
  setsid: boolean;
  /** Makes a process group of its own that bears its pid. */
  leads: boolean;
  /** Made in the session this process ends up in. */
  readonly after: Making<T>[];
  /** Once all exist: the group to join. */
  joins: number | undefined;
  /** Once all have joined: the group to go to, for one who led another until then. */
  moves: number | undefined;
}

export interface Creation<T> {
  /** What the seed becomes: the root, or the stand-in for its dead session leader. */
  readonly first: Born<T>;
  /** Every process, makers before what they make. */
  readonly all: readonly Born<T>[];
  readonly byPid: ReadonlyMap<number, Born<T>>;
}

/** The tree cannot be made with what the kernel offers, or with what this planner knows. */
export class CreationError extends Error {
  constructor(
    readonly pid: number,
    message: string,
  ) {
    super(message);
  }
}
