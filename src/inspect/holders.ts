// SPDX-License-Identifier: GPL-2.0-only
import type { Facts } from '../facts/tree.js';
import type { Holder } from './types.js';

const SHOWN = 3;

/** Which descriptors have which open file description, by its id. A table that several tasks use counts once. */
export class Holders {
  private readonly byId = new Map<number, Holder[]>();

  constructor({ living }: Facts) {
    for (const { pid, fds, filesSharedWith } of living) {
      if (filesSharedWith) continue;
      for (const { fd, description } of fds) {
        const known = this.byId.get(description);
        if (known) known.push({ pid, fd });
        else this.byId.set(description, [{ pid, fd }]);
      }
    }
  }

  of(description: number): readonly Holder[] {
    return this.byId.get(description) ?? [];
  }

  /** All but this one. */
  others(description: number, { pid, fd }: Holder): Holder[] {
    return this.of(description).filter((holder) => holder.pid !== pid || holder.fd !== fd);
  }

  /** `fd 5, fd 6 of 413` as seen by a task of this pid; undefined where only queued messages hold it. */
  text(descriptions: readonly number[], seenBy: number): string | undefined {
    const all = descriptions.flatMap((id) => this.of(id));
    if (all.length === 0) return undefined;
    const names = all.slice(0, SHOWN).map(({ pid, fd }) => (pid === seenBy ? `fd ${fd}` : `fd ${fd} of ${pid}`));
    return `${names.join(', ')}${all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''}`;
  }
}
