// SPDX-License-Identifier: GPL-2.0-only
import { TtyType } from '../../images/generated/enums.js';
import type { FileEntry, TtyInfoEntry } from '../../images/generated/messages.js';
import { type Images, wrong } from '../../model/images.js';
import type { Model } from '../../model/types.js';

/** A pseudo-terminal of the images. */
export interface Pair {
  readonly index: number;
  /** Neither end is there: it only controls a session. */
  readonly master: TtyInfoEntry | undefined;
  readonly slave: TtyInfoEntry | undefined;
  /**
   * - `inside`: the master is in the images, so the pair is made anew.
   * - `hung up`: made anew too, and its master closed again.
   * - `outside`: the terminal of whoever restores stands for it.
   */
  readonly kind: 'inside' | 'hung up' | 'outside';
  /** 0: it controls no session. */
  readonly session: number;
  readonly foreground: number;
}

export interface Terminals {
  /** By index, ascending. */
  readonly pairs: ReadonlyMap<number, Pair>;
  readonly infos: ReadonlyMap<number, TtyInfoEntry>;
}

const NONE: Terminals = { pairs: new Map(), infos: new Map() };
const TERMINALS = new WeakMap<Model, Terminals>();
const PATHS = new WeakMap<Model, Set<number>>();
const NAME = 'tty-info.img';

export function terminalsOf(model: Model): Terminals {
  return TERMINALS.get(model) ?? NONE;
}

/** Whether a file of files.img is the path of a terminal, which need not exist yet. */
export function isTerminalPath(model: Model, file: number): boolean {
  let paths = PATHS.get(model);
  if (!paths) {
    paths = new Set();
    for (const { tty } of model.files.values()) if (tty?.regf_id !== undefined) paths.add(tty.regf_id);
    PATHS.set(model, paths);
  }
  return paths.has(file);
}

export function loadTerminals(images: Images, model: Model): void {
  const entries = images.list('TTY_INFO');
  const infos = new Map(entries.map((info) => [info.id, info]));
  const used = new Set([...model.files.values()].map(({ tty }) => tty?.tty_info_id));
  const indices = new Set<number>();
  for (const { id, type, pty } of entries) {
    if (type === TtyType.CTTY) continue;
    if (type !== TtyType.PTY || !pty) throw wrong(NAME, `terminal ${id} is of type ${type}, which is not supported`);
    indices.add(pty.index);
  }
  const pairs = new Map<number, Pair>();
  for (const index of [...indices].sort((a, b) => a - b)) {
    const ends = entries.filter(({ type, pty }) => type === TtyType.PTY && pty?.index === index);
    const master = ends.find(({ id }) => id % 2 === 1);
    const slave = ends.find(({ id }) => id % 2 === 0);
    const hungUp = slave && used.has(slave.id) && !slave.termios;
    const kind = master ? 'inside' : hungUp ? 'hung up' : 'outside';
    const session = master?.sid || slave?.sid || 0;
    const foreground = (master?.sid ? master.pgrp : slave?.pgrp) ?? 0;
    pairs.set(index, { index, master, slave, kind, session, foreground });
  }
  TERMINALS.set(model, { pairs, infos });
}

/** What a description is an end of; for /dev/tty the terminal of its session. */
export function pairOf(model: Model, { id, tty }: FileEntry): { readonly pair: Pair; readonly info: TtyInfoEntry } {
  const { pairs, infos } = terminalsOf(model);
  const info = tty && infos.get(tty.tty_info_id);
  if (!info) throw wrong(NAME, `terminal ${tty?.tty_info_id} of file ${id} is missing`);
  const pair = info.pty
    ? pairs.get(info.pty.index)
    : [...pairs.values()].find(({ session }) => session !== 0 && session === info.sid);
  if (!pair) throw wrong(NAME, `terminal ${info.id} is the controlling one of session ${info.sid}, and no pair is`);
  return { pair, info };
}

export function isMaster({ id, pty }: TtyInfoEntry): boolean {
  return pty !== undefined && id % 2 === 1;
}
