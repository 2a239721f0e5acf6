// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry } from '../images/generated/messages.js';
import type { Images } from '../model/images.js';
import type { FdTable, Model } from '../model/types.js';
import { LOWEST, type Reserved } from './pool.js';

const SCM_RIGHTS = 1;

/** What decides who makes a description; part of its kind. */
export interface MakerRules {
  /**
   * It is there only when all processes are: who holds it first makes it, and gives it to the others; who watches it waits for that
   * (phase `attach`).
   */
  readonly late?: true;
  /** Other files that have to be there when it is made or linked. */
  related?(model: Model, file: FileEntry): Iterable<number>;
  /**
   * Whether a task that holds it, and what it is related to, all by itself can make it: `create` and `link` get the strand
   * and the numbers of that task then, as `root` and `pool` of their plan. Without it, it is always the root that does.
   */
  alone?(model: Model, file: FileEntry, holders: readonly Holder[]): boolean;
}

/** Where a description is held. */
export interface Holder {
  readonly table: FdTable;
  readonly fd: number;
}

/**
 * Who makes each open file description. One that a single table holds, and that is made without any other table's, is made
 * by the task itself at its final number, so that a tree is not limited to as many descriptions as a single task may have.
 * All others are made by the root, and inherited.
 */
export class Makers {
  private readonly held = new Map<number, Holder[]>();
  private readonly own = new Map<number, FdTable>();
  /** Tables whose owners make something late that other tables have, too. */
  readonly givers = new Set<FdTable>();

  constructor(
    private readonly model: Model,
    images: Images,
    kindOf: (file: FileEntry) => MakerRules | undefined,
  ) {
    for (const table of model.tables) {
      for (const { fd, file } of table.fds) {
        const holders = this.held.get(file);
        if (holders) holders.push({ table, fd });
        else this.held.set(file, [{ table, fd }]);
      }
    }
    const sent = new Set(inFlight(images));
    for (const group of this.groups(sent, kindOf)) {
      const table = this.onlyTable(group);
      if (table) for (const id of group) this.own.set(id, table);
    }
    for (const file of model.files.values()) {
      const [first] = this.holders(file.id);
      if (!first || this.own.has(file.id) || sent.has(file.id) || !kindOf(file)?.late) continue;
      this.own.set(file.id, first.table);
      this.givers.add(first.table);
    }
  }

  /** Descriptions that some table holds, in the order of tables and numbers. */
  get ids(): Iterable<number> {
    return this.held.keys();
  }

  /** By table, in the order of numbers. */
  holders(id: number): readonly Holder[] {
    return this.held.get(id) ?? [];
  }

  /** The table whose owner makes it, and gives it to other tables that have it; undefined: the root, for all. */
  ownerOf(id: number): FdTable | undefined {
    return this.own.get(id);
  }

  /** What the pool has to keep clear of, and where it may put what the root makes. */
  reserved(): Reserved {
    const numbers = new Set<number>();
    const watched = new Map<number, number | undefined>();
    const ownNumbers = new Set<number>();
    for (const { fds } of this.model.tables) {
      for (const { fd, file } of fds) {
        numbers.add(fd);
        if (this.own.has(file)) ownNumbers.add(fd);
      }
    }
    // A watched number may have been closed since, or mean another file by now.
    for (const { id, epfd } of this.model.files.values()) {
      if (this.own.has(id)) continue;
      for (const { tfd, file_id } of epfd?.tfd ?? []) {
        numbers.add(tfd);
        watched.set(tfd, watched.has(tfd) && watched.get(tfd) !== file_id ? undefined : file_id);
      }
    }
    const direct = new Map<number, number>();
    const taken = new Set<number>();
    for (const [id, holders] of this.held) {
      if (this.own.has(id)) continue;
      const fits = holders.find(
        ({ fd }) => fd >= LOWEST && !ownNumbers.has(fd) && !taken.has(fd) && (!watched.has(fd) || watched.get(fd) === id),
      );
      if (!fits) continue;
      taken.add(fits.fd);
      direct.set(id, fits.fd);
    }
    return { numbers, direct };
  }

  private onlyTable(group: readonly number[]): FdTable | undefined {
    const [first] = group;
    const table = first === undefined ? undefined : this.holders(first)[0]?.table;
    return group.every((id) => this.held.has(id) && this.holders(id).every((one) => one.table === table)) ? table : undefined;
  }

  /** Held descriptions that are made together, without those that only the root can make. */
  private groups(sent: Iterable<number>, kindOf: (file: FileEntry) => MakerRules | undefined): Iterable<number[]> {
    const together = new Sets();
    const roots = new Set<number>(sent);
    for (const file of this.model.files.values()) {
      const kind = kindOf(file);
      if (!kind?.alone?.(this.model, file, this.holders(file.id))) roots.add(file.id);
      for (const other of kind?.related?.(this.model, file) ?? []) together.join(file.id, other);
    }
    const shared = new Set([...roots].map((id) => together.find(id)));
    const groups = new Map<number, number[]>();
    for (const id of this.held.keys()) {
      const top = together.find(id);
      if (shared.has(top)) continue;
      const group = groups.get(top);
      if (group) group.push(id);
      else groups.set(top, [id]);
    }
    return groups.values();
  }
}

/** Disjoint sets of files, each known by one of them. */
class Sets {
  private readonly above = new Map<number, number>();

  find(id: number): number {
    let top = id;
    for (let next = this.above.get(top); next !== undefined; next = this.above.get(top)) top = next;
    // Everybody on the way is told, so that no way becomes long.
    for (let at = id; at !== top; ) {
      const next = this.above.get(at) as number;
      this.above.set(at, top);
      at = next;
    }
    return top;
  }

  join(one: number, other: number): void {
    const [a, b] = [this.find(one), this.find(other)];
    if (a !== b) this.above.set(a, b);
  }
}

function* inFlight(images: Images): Generator<number> {
  for (const { scm } of images.list('SK_QUEUES')) for (const { type, rights } of scm) if (type === SCM_RIGHTS) yield* rights;
}
