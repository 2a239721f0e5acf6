// SPDX-License-Identifier: GPL-2.0-only
import type { Facts } from '../../dump/facts.js';
import type { Description } from '../../facts/generated.js';
import type { Holders } from '../holders.js';

/** From where a description is looked at. */
export interface Look {
  readonly facts: Facts;
  readonly holders: Holders;
  /** The task whose descriptor it is. */
  readonly pid: number;
}

/** What a description of one kind leads to, in words. */
export type Detail = (description: Description, look: Look) => string;

/** Parts in words, without those that are not the case. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part).join(', ');
}
