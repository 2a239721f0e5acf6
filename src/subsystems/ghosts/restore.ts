// SPDX-License-Identifier: GPL-2.0-only
import { lstatSync } from 'node:fs';
import type { Model } from '../../model/types.js';
import type { RestoreSubsystem } from '../restore-side.js';
import { isSealed, makeNames, removeNames, sealGhost } from './make.js';
import { type LostLink, loadRemaps, remapsOf } from './model.js';
import { findPlaces, type LookUp, type Places } from './places.js';

/** By the check, which may look at the host. */
const PLACES = new WeakMap<Model, Places>();

/** Deleted files come first: all others are opened as if they had a name, by {@link ghostPath}. */
export const ghostsRestore: RestoreSubsystem = {
  name: 'ghosts',
  load: loadRemaps,
  check(model) {
    PLACES.set(model, findPlaces(remapsOf(model), lookUp));
  },
  tree: {
    pool(plan) {
      makeNames(plan, placesOf(plan.model));
    },
  },
  task: {
    seal(plan) {
      if (plan.task !== plan.tree.model.root) return;
      for (const { ghost } of placesOf(plan.tree.model).ghosts) if (isSealed(ghost)) sealGhost(plan, ghost);
    },
  },
};

/** Last in the tree's phases: everything is open by then. */
export const ghostNamesRestore: RestoreSubsystem = {
  name: 'ghost-names',
  tree: {
    link(plan) {
      removeNames(plan, placesOf(plan.model));
    },
  },
};

/** Where a file of files.img is while the tree is made, if its name is gone. */
export function ghostPath(model: Model, file: number): Buffer | undefined {
  const { ghosts, links } = remapsOf(model);
  const ghost = ghosts.get(file);
  const link = links.get(file);
  if (!ghost && !link) return undefined;
  const { at } = placesOf(model);
  const found = at.get(ghost ?? (link as LostLink));
  return found === undefined ? undefined : Buffer.from(found, 'latin1');
}

/** Without a check (a plan that is only printed) all names are taken to be free, and all folders to be there. */
function placesOf(model: Model): Places {
  let places = PLACES.get(model);
  if (!places) {
    const { ghosts, links } = remapsOf(model);
    const gone = new Set([...ghosts.values(), ...links.values()].map(({ path }) => path));
    places = findPlaces(remapsOf(model), (path) => (gone.has(path) || path.includes('/.stasis-') ? 'nothing' : 'folder'));
    PLACES.set(model, places);
  }
  return places;
}

const lookUp: LookUp = (path) => {
  const stats = lstatSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
  if (!stats) return 'nothing';
  return stats.isDirectory() ? 'folder' : 'other';
};
