// SPDX-License-Identifier: GPL-2.0-only

/** Names something that is derived from an owner when it is first asked for, and kept as long as the owner. */
export class Derived<O, T> {
  constructor(readonly derive: (owner: O) => T) {}
}

/** What has been derived from its owner, by {@link derived}. */
export class Memo {
  readonly known = new Map<object, unknown>();
}

export function derived<O extends { readonly memo: Memo }, T>(owner: O, key: Derived<O, T>): T {
  const { known } = owner.memo;
  if (!known.has(key)) known.set(key, key.derive(owner));
  return known.get(key) as T;
}

/** Names something that a check of the host finds out for the plan. `unknown`: what holds for plans that are made without a look. */
export class Finding<T> {
  constructor(readonly unknown: T) {}
}

/** What the checks have found out of a host: an argument of the plan. */
export class Findings {
  private readonly found = new Map<object, unknown>();

  set<T>(key: Finding<T>, value: T): void {
    this.found.set(key, value);
  }

  get<T>(key: Finding<T>): T {
    return this.found.has(key) ? (this.found.get(key) as T) : key.unknown;
  }
}
