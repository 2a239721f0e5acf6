// SPDX-License-Identifier: GPL-2.0-only
/** Where a dump or restore is. */
export interface Progress {
  /** Name of the running stage; in parentheses what it waits for, where that takes long. */
  readonly stage: string;
  /** Page bytes moved so far. */
  readonly bytesDone: number;
  /** Page bytes to move in all; 0 until it is known. */
  readonly bytesTotal: number;
}

/** Called when a stage begins and at most some ten times a second while pages move. It must not throw. */
export type ProgressListener = (progress: Progress) => void;

/** How long a stage took, in milliseconds. */
export interface StageTime {
  readonly stage: string;
  readonly ms: number;
}

/** Told what is done and why, a line at a time, for people who look for the cause of something. */
export type NoteListener = (text: string) => void;
