// SPDX-License-Identifier: GPL-2.0-only

import { existsSync, readdirSync } from 'node:fs';
import { TtyType } from '../../../images/generated/enums.js';
import type { FileEntry, TtyFileEntry } from '../../../images/generated/messages.js';
import { AT_FDCWD, O_ASYNC, O_CLOEXEC, O_LARGEFILE, O_NOCTTY } from '../../../linux/fcntl.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';
import { native } from '../../../native/index.js';
import type { Checks } from '../../../plan/checks.js';
import type { TreePlan } from '../../../plan/tree.js';
import type { RestoreSubsystem } from '../../restore-side.js';
import type { DescriptorKind } from '../tables/kind.js';
import { bearersOf } from './bearers.js';
import { CALLERS_STREAM, openCallers, outsidePair } from './caller.js';
import { openControl, openCurrent, setForeground, takeTerminal } from './control.js';
import { isMaster, pairOf, terminalsOf } from './model.js';
import { TIOCGPTPEER } from './numbers.js';
import { describePair, finishPair, makePairs, masterNumber, ownPairs, slavePath, TAKEN } from './pairs.js';
import { setTermios } from './settings.js';

const NOT_FOR_OPEN = O_ASYNC;
/** Terminals of the caller that have got their settings. */
const SET = new Derived((_: TreePlan) => new Set<number>());

/** Ends of pseudo-terminals, and /dev/tty. */
export const ttyKind: DescriptorKind = {
  create(plan, file, at) {
    const { flags } = entryOf(file);
    const { pair, info } = pairOf(plan.model, file);
    const opening = flags & ~NOT_FOR_OPEN;
    // Masters have their numbers from makePairs().
    if (isMaster(info)) return;
    if (info.type === TtyType.CTTY) openCurrent(plan, pair, opening, at);
    else if (pair.kind === 'outside') openCallers(plan, pair, opening, at);
    else {
      const { root, pool } = plan;
      const what = `${describePair(pair)}, file ${file.id}`;
      const how = { why: `${what}: open`, save: true };
      // Which no open(2) of a 64-bit program leaves out: it was opened through its master, whose ioctl keeps all flags it is given.
      const made =
        flags & O_LARGEFILE
          ? root.call('openat', [AT_FDCWD, root.path(slavePath(pair)), opening | O_NOCTTY | O_CLOEXEC, 0], how)
          : root.call('ioctl', [masterNumber(plan, pair), TIOCGPTPEER, opening | O_NOCTTY], how);
      pool.place(root, made, at, what);
    }
  },
  /** The caller's terminal gets the settings of the dumped one when nothing can go wrong any more. */
  arm({ tree, strand }, file, fd) {
    const { pair, info } = pairOf(tree.model, file);
    const done = derived(tree, SET);
    if (pair.kind !== 'outside' || done.has(pair.index)) return;
    done.add(pair.index);
    setTermios(strand, fd, info, `terminal ${slavePath(pair)}`);
  },
};

/** Pseudo-terminals, and who is controlled by them. */
export const ttyRestore: RestoreSubsystem = {
  name: 'tty',
  load: terminalsOf,
  check(model, checks) {
    const pairs = ownPairs(model);
    if (pairs.length > 0) checkNumbers(model, checks);
    const outside = outsidePair(model);
    // Who will restore it, and in which terminal, nobody knows while the tree is standing.
    if (!outside || checks.standing) return;
    const stream = native().terminalStream();
    if (stream !== null) checks.findings.set(CALLERS_STREAM, stream);
    else {
      const cause = 'it is that of the caller now, who has none';
      checks.problem({
        operation: 'restore',
        object: `terminal ${slavePath(outside)}`,
        cause,
        hint: 'run the restore in a terminal',
      });
    }
  },
  tree: {
    pool(plan) {
      makePairs(plan);
      for (const pair of terminalsOf(plan.model).pairs.values()) if (pair.session) openControl(plan, pair);
    },
    link(plan) {
      for (const pair of ownPairs(plan.model)) finishPair(plan, pair);
    },
  },
  task: {
    session: takeTerminal,
    identity: setForeground,
  },
};

function checkNumbers(model: Model, checks: Checks): void {
  if (!existsSync('/dev/ptmx')) {
    checks.problem({ operation: 'restore', object: '/dev/ptmx', cause: 'no such file', hint: 'mount a devpts file system' });
    return;
  }
  const pairs = ownPairs(model);
  const taken = new Set(
    readdirSync('/dev/pts')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  // As long as the tree is standing, they are its own, but for those that somebody else would keep.
  if (checks.standing) for (const { index } of pairs) taken.delete(index);
  checks.findings.set(TAKEN, taken);
  const wanted = new Set(pairs.map(({ index }) => index).filter((index) => checks.standing || taken.has(index)));
  if (wanted.size === 0) return;
  const { standing } = checks;
  const tree = new Set(standing ? [process.pid, ...[...model.byPid.keys()].map((pid) => standing.hostPid(pid))] : []);
  const bearers = bearersOf(wanted, { except: tree, masters: !standing });
  for (const pair of pairs) {
    const bearer = bearers.get(pair.index);
    if (!taken.has(pair.index) && !bearer) continue;
    const object = describePair(pair);
    if (standing)
      checks.problem({
        operation: 'restore',
        object,
        cause: `it stays in use: pid ${bearer?.name}, which is not in the tree, has ${slavePath(pair)} open, too`,
        hint: `end pid ${bearer?.pid} first, or dump a tree that holds both`,
      });
    else
      checks.problem({
        operation: 'restore',
        object,
        cause: `${slavePath(pair)} is in use${bearer ? ` by pid ${bearer.name}` : ''}`,
        hint: bearer ? `end pid ${bearer.pid}, or let it close that terminal` : 'close the terminal that has this number',
      });
  }
}

function entryOf(file: FileEntry): TtyFileEntry {
  if (!file.tty) throw wrong('files.img', `file ${file.id} is a terminal without tty`);
  return file.tty;
}
