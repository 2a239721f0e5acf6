// SPDX-License-Identifier: GPL-2.0-only
import type { Description, DescriptionKind } from '../facts/generated.js';
import { FdTypes } from '../images/generated/enums.js';
import { epoll } from './descriptors/epoll/kind.js';
import { eventfd } from './descriptors/eventfd/kind.js';
import { fifos } from './descriptors/fifos/kind.js';
import { pidfd } from './descriptors/pidfd/kind.js';
import { pipes } from './descriptors/pipes/kind.js';
import { signalfd } from './descriptors/signalfd/kind.js';
import type { AnyKind } from './descriptors/tables/kind.js';
import { tty } from './descriptors/tty/kind.js';
import { isByPath } from './files/regular/by-path.js';
import { files } from './files/regular/kind.js';
import { memfd } from './memory/memfd/kind.js';
import { inet } from './network/inet/kind.js';
import { unix } from './network/unix/kind.js';
import type { Look, Show } from './show-side.js';
import { timerfd } from './time/timerfd/kind.js';

/** Every kind of open file description, in the order in which they translate. */
const ALL = [files, memfd, pipes, fifos, tty, unix, inet, eventfd, timerfd, signalfd, pidfd, epoll] as const;

export const KINDS: readonly AnyKind[] = ALL;

type Shown<K> = K extends { readonly show: infer S } ? keyof S : never;
/** Kinds of facts that none of them is: it does not compile while there are any. */
type Lacking = Exclude<DescriptionKind, Shown<(typeof ALL)[number]>>;
type ByFacts = Readonly<Record<DescriptionKind, { readonly type: FdTypes; readonly show: Show<DescriptionKind> }>>;

const BY_FACTS = byFacts<Lacking>();

function byFacts<_None extends never>(): ByFacts {
  const pairs = ALL.flatMap(({ type, show }) => Object.entries(show).map(([kind, one]) => [kind, { type, show: one }]));
  return Object.fromEntries(pairs);
}

/** Its type in files.img; undefined for what should have been refused. */
export function fileType(description: Description): FdTypes | undefined {
  if (isByPath(description)) return FdTypes.REG;
  return description.kind && BY_FACTS[description.kind].type;
}

/** What it is called and leads to, in words; undefined of a kind that is not supported. */
export function shown(description: Description, look: Look): { readonly kind: string; readonly detail: string } | undefined {
  if (description.kind === undefined) return undefined;
  const { show } = BY_FACTS[description.kind];
  return { kind: show.name(description), detail: show.detail(description, look) };
}
