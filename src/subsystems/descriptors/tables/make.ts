// SPDX-License-Identifier: GPL-2.0-only

import type { FileEntry } from '../../../images/generated/messages.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { AnyKind, DescriptorKind } from './kind.js';

/** Filled by kinds.ts: kinds make descriptions too (those in flight), so they cannot be imported here. */
const KINDS = new Map<number, AnyKind>();
const MADE = new Derived((_: TreePlan) => new Set<number>());

export function registerKinds(kinds: readonly AnyKind[]): void {
  for (const kind of kinds) KINDS.set(kind.type, kind);
}

/** Makes a description, unless that has been done: for those that are only in flight as well. Returns its pool number. */
export function makeDescription(plan: TreePlan, id: number): number {
  const file = plan.model.files.get(id);
  if (!file) throw wrong('files.img', `file ${id} is missing`);
  const at = plan.pool.file(id);
  const made = derived(plan, MADE);
  if (made.has(id)) return at;
  made.add(id);
  kindOf(file).create(plan, file, at);
  return at;
}

/** How descriptions of that type come back; undefined where none of ours does it. */
export function findKind(file: FileEntry): DescriptorKind | undefined {
  return definitionOf(file)?.restore;
}

export function definitionOf(file: FileEntry): AnyKind | undefined {
  return KINDS.get(file.type);
}

export function kindOf(file: FileEntry): DescriptorKind {
  const kind = findKind(file);
  if (!kind) throw wrong('files.img', `file ${file.id} is of type ${file.type}, which is not supported`);
  return kind;
}
