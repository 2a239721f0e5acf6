// SPDX-License-Identifier: GPL-2.0-only

import { lstatSync, readFileSync } from 'node:fs';
import { CAP_SYS_ADMIN, holds } from '../../../linux/capability.js';
import { Derived, derived, Finding } from '../../../memo.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import { isSealed, makeNames, makerKey, openedAt, removeNames, sealGhost, unnamedAt } from './make.js';
import { type LostLink, remapsOf } from './model.js';
import { findPlaces, type LookUp, type Places } from './places.js';

const LOOKED = new Finding<Places | undefined>(undefined);

/** Deleted files come first: all others are opened as if they had a name, by {@link ghostPath}. */
export const ghostsRestore: RestoreSubsystem = {
  name: 'ghosts',
  load: remapsOf,
  check(model, { findings }) {
    findings.set(LOOKED, findPlaces(remapsOf(model), lookUp, { stands: mayMount() }));
  },
  tree: {
    pool(plan) {
      makeNames(plan, placesOf(plan));
    },
  },
  task: {
    seal(plan) {
      if (plan.task !== plan.tree.model.root) return;
      const { ghosts, unnamed } = placesOf(plan.tree);
      for (const { ghost } of [...ghosts, ...unnamed]) if (isSealed(ghost)) sealGhost(plan, ghost);
    },
  },
};

/** Last in the tree's phases: everything is open by then. */
export const ghostNamesRestore: RestoreSubsystem = {
  name: 'ghost-names',
  tree: {
    link(plan) {
      removeNames(plan, placesOf(plan));
    },
  },
};

/** Where a file of files.img is while the tree is made, if its name is gone. */
export function ghostPath(plan: TreePlan, file: number): Buffer | undefined {
  const { ghosts, links } = remapsOf(plan.model);
  const ghost = ghosts.get(file);
  const link = links.get(file);
  if (!ghost && !link) return undefined;
  if (ghost?.entry.unnamed) return unnamedAt(plan, ghost);
  const found = placesOf(plan).at.get(ghost ?? (link as LostLink));
  return found && openedAt(plan, found);
}

/** Pool number of a description that is there already, since the file was made by it. */
export function madeWithFile({ pool }: TreePlan, file: number): number | undefined {
  const maker = makerKey(file);
  return pool.has(maker) ? pool.number(maker) : undefined;
}

/** Without a look all names are taken to be free, and all folders to be there. */
const PLACES = new Derived(({ model, findings }: TreePlan): Places => {
  const looked = findings.get(LOOKED);
  if (looked) return looked;
  const { ghosts, links } = remapsOf(model);
  const gone = new Set([...ghosts.values(), ...links.values()].map(({ path }) => path));
  return findPlaces(remapsOf(model), (path) => (gone.has(path) || path.includes('/.stasis-') ? 'nothing' : 'folder'));
});

function placesOf(plan: TreePlan): Places {
  return derived(plan, PLACES);
}

const lookUp: LookUp = (path) => {
  const stats = lstatSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
  if (!stats) return 'nothing';
  return stats.isDirectory() ? 'folder' : 'other';
};

/** The user namespace that all others descend from maps every id to itself. */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/** Whether we may have mounts of our own (open_tree(2), 5.2). Of another user namespace it is not worth to find out whether they are. */
function mayMount(): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return holds(BigInt(`0x${effective}`), CAP_SYS_ADMIN) && ALL_IDS.test(readFileSync('/proc/self/uid_map', 'latin1'));
}
