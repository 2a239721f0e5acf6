// SPDX-License-Identifier: GPL-2.0-only
import type { DescriptionKind } from '../../../facts/generated.js';
import type { FdTypes } from '../../../images/generated/enums.js';
import type { FileEntry, FownEntry } from '../../../images/generated/messages.js';
import type { Model } from '../../../model/types.js';
import type { Holder, MakerRules } from '../../../plan/makers.js';
import { LOWEST } from '../../../plan/pool.js';
import type { TaskPlan, TreePlan } from '../../../plan/tree.js';
import type { DumpSubsystem } from '../../dump-side.js';
import type { Show } from '../../show-side.js';

/** What most entries of files.img have: flags of the description, and who gets its signals. */
export interface Signalling {
  readonly flags: number;
  readonly fown: FownEntry;
}

/** Fields of file_entry whose message has them. */
type EntryField = {
  [F in keyof FileEntry]-?: NonNullable<FileEntry[F]> extends Signalling ? F : never;
}[keyof FileEntry];

/** A kind of open file description: all there is to know of it, from which every table of kinds is derived (../kinds.ts). */
export interface Kind<F extends DescriptionKind> {
  /** Its type in files.img. */
  readonly type: FdTypes;
  /** The field of file_entry that it has there; or where else its flags and owner are. */
  readonly entry: EntryField | ((model: Model, file: FileEntry) => Signalling | undefined);
  readonly dump: DumpSubsystem;
  readonly restore: DescriptorKind;
  /** By the kinds that facts call it; which those are is told here and nowhere else. */
  readonly show: { readonly [K in F]: Show<K> };
}

/** What is the same of all kinds. */
export type AnyKind = Omit<Kind<never>, 'show'>;

export function defineKind<F extends DescriptionKind>(kind: Kind<F>): Kind<F> {
  return kind;
}

/** How open file descriptions of one type of files.img come back. */
export interface DescriptorKind extends MakerRules {
  /** Make it, at number `at`: in phase `pool` on the root's strand, or in phase `descriptors` of the task that does it alone. */
  create(plan: TreePlan, file: FileEntry, at: number): void;
  /** All descriptions exist: phase `link`, or behind the task's own ones. */
  link?(plan: TreePlan, file: FileEntry, at: number): void;
  /** Phase `attach`, once, in the first process that holds it, at its final number `fd`. */
  attach?(plan: TaskPlan, file: FileEntry, fd: number): void;
  /** Phase `arm`, like `attach`: everything else of the tree is ready. */
  arm?(plan: TaskPlan, file: FileEntry, fd: number): void;
}

/**
 * Two are made at once, and are at low numbers for a moment: the place where one of them is to stay must not be where the other is.
 */
export function hasHighNumber(holders: readonly Holder[]): boolean {
  return holders.some(({ fd }) => fd >= LOWEST);
}
