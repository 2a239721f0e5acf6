// SPDX-License-Identifier: GPL-2.0-only

import { type Description, type Path, type Tty, TtyEnd } from '../../../facts/generated.js';
import type { Facts } from '../../../facts/tree.js';
import { FdTypes, TtyType } from '../../../images/generated/enums.js';
import type { ImageSet } from '../../../images/image-set.js';
import type { DumpSubsystem } from '../../dump-side.js';
import { regFile } from '../../files/regular/entry.js';
import { fown } from '../tables/fown.js';
import { settings } from './entry.js';
import { currentId, pairId } from './numbers.js';
import { refuseTerminals } from './refuse.js';
import { controlled, type Held, holders } from './sessions.js';

const NOBODY: Held = { session: 0, foreground: 0 };
const DELETED = ' (deleted)';

/** Pseudo-terminals: an entry for each end, for each description, and for its path. */
export const ttyDump: DumpSubsystem = {
  name: 'tty',
  refuse: refuseTerminals,
  translate(facts, images) {
    const held = holders(facts);
    const described = new Set<number>();
    const info = (id: number, type: TtyType, tty: Tty, rdev: number): void => {
      if (described.has(id)) return;
      described.add(id);
      addInfo(images, id, type, tty, rdev, held.get(tty.index) ?? NOBODY);
    };
    for (const description of facts.survey.descriptions) {
      const { tty, rdev } = description;
      if (!tty) continue;
      const id = infoId(tty);
      info(id, tty.end === TtyEnd.CURRENT ? TtyType.CTTY : TtyType.PTY, tty, Number(BigInt(rdev) & 0xffff_ffffn));
      addFile(facts, images, description, id);
    }
    addData(facts, images);
    addUnopened(facts, images, described, held);
  },
};

function infoId({ end, index }: Tty): number {
  return end === TtyEnd.CURRENT ? currentId(index) : pairId(index, end === TtyEnd.MASTER);
}

function addFile(facts: Facts, images: ImageSet, description: Description, info: number): void {
  const { id, flags, file } = description;
  const regf_id = facts.files.fresh();
  if (file)
    images.add('FILES', {
      type: FdTypes.REG,
      id: regf_id,
      reg: regFile(regf_id, withoutMark(file), { flags, pos: 0, fown: fown(description) }),
    });
  images.add('FILES', {
    type: FdTypes.TTY,
    id,
    tty: { id, tty_info_id: info, flags, fown: fown(description), ...(file ? { regf_id } : {}) },
  });
}

function addInfo(images: ImageSet, id: number, type: TtyType, tty: Tty, rdev: number, { session, foreground }: Held): void {
  images.add('TTY_INFO', {
    id,
    type,
    locked: tty.locked,
    exclusive: tty.exclusive,
    packet_mode: tty.packet,
    sid: session,
    pgrp: foreground,
    rdev,
    ...settings(tty),
    ...(type === TtyType.PTY ? { pty: { index: tty.index } } : {}),
    dev: Number(BigInt(tty.devpts) & 0xffff_ffffn),
    ...(tty.mode ? { uid: tty.uid, gid: tty.gid, mode: tty.mode } : {}),
  });
}

/** What an end would have read, by that end. */
function addData({ survey }: Facts, images: ImageSet): void {
  for (const { tty } of survey.descriptions) {
    if (tty?.end !== TtyEnd.MASTER) continue;
    const { index, input, output, inputEnds } = tty;
    if (output.length > 0) images.add('TTY_DATA', { tty_id: pairId(index, true), data: output });
    if (input.length > 0) images.add('TTY_DATA', { tty_id: pairId(index, false), data: input, ends: inputEnds });
  }
}

/** Controlling terminals from outside of which nobody in the tree has a descriptor. */
function addUnopened(facts: Facts, images: ImageSet, described: ReadonlySet<number>, held: ReadonlyMap<number, Held>): void {
  for (const { index, task } of controlled(facts)) {
    if (task.sid !== task.pid || described.has(pairId(index, true)) || described.has(pairId(index, false))) continue;
    const { session, foreground } = held.get(index) ?? NOBODY;
    const base = { locked: false, exclusive: false, packet_mode: false, sid: session, pgrp: foreground, rdev: task.ttyNr };
    images.add('TTY_INFO', { id: pairId(index, false), type: TtyType.PTY, ...base, pty: { index } });
  }
}

/** The node of a slave is gone with its master. */
function withoutMark(file: Path): Path {
  const path = Buffer.from(file.path);
  return path.toString('latin1').endsWith(DELETED) ? { ...file, path: path.subarray(0, -DELETED.length) } : file;
}
