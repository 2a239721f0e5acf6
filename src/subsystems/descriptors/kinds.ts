// SPDX-License-Identifier: GPL-2.0-only
import { eventfdKind } from '../eventfd/restore.js';
import type { DescriptorKind } from './kind.js';

const KINDS: readonly DescriptorKind[] = [eventfdKind];

const BY_TYPE = new Map(KINDS.map((kind) => [kind.type, kind]));

export function descriptorKind(type: number): DescriptorKind | undefined {
  return BY_TYPE.get(type);
}
