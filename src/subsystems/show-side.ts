// SPDX-License-Identifier: GPL-2.0-only

import type { Description, DescriptionKind } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';

/** From where a description is looked at. */
export interface Look {
  readonly facts: Facts;
  readonly holders: {
    /** `fd 5, fd 6 of 413` as seen by a task of this pid; undefined where only queued messages hold it. */
    text(descriptions: readonly number[], seenBy: number): string | undefined;
  };
  /** The task whose descriptor it is. */
  readonly pid: number;
}

export type DescriptionOf<K extends DescriptionKind> = Extract<Description, { kind: K }>;

/** How descriptions of one kind are shown by `stasis inspect`. */
export interface Show<K extends DescriptionKind> {
  /** What people call it. */
  name(description: DescriptionOf<K>): string;
  /** What it leads to, in words. */
  detail(description: DescriptionOf<K>, look: Look): string;
}

/** Parts in words, without those that are not the case. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part).join(', ');
}
