// SPDX-License-Identifier: GPL-2.0-only

import { TtyType } from '../../../images/generated/enums.js';
import type { FileEntry, TtyInfoEntry } from '../../../images/generated/messages.js';
import { Derived, derived } from '../../../memo.js';
import { wrong } from '../../../model/images.js';
import type { Model } from '../../../model/types.js';

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
  /** Those that control one, by session. */
  readonly bySession: ReadonlyMap<number, Pair>;
}

const NAME = 'tty-info.img';
const TERMINALS = new Derived(readTerminals);
const PATHS = new Derived(({ files }: Model) => new Set(Array.from(files.values(), ({ tty }) => tty?.regf_id)));

export function terminalsOf(model: Model): Terminals {
  return derived(model, TERMINALS);
}

/** Whether a file of files.img is the path of a terminal, which need not exist yet. */
export function isTerminalPath(model: Model, file: number): boolean {
  return derived(model, PATHS).has(file);
}

function readTerminals(model: Model): Terminals {
  const { images } = model;
  const entries = images.list('TTY_INFO');
  const infos = new Map(entries.map((info) => [info.id, info]));
  const used = new Set([...model.files.values()].map(({ tty }) => tty?.tty_info_id));
  const ends = new Map<number, TtyInfoEntry[]>();
  for (const info of entries) {
    const { id, type, pty } = info;
    if (type === TtyType.CTTY) continue;
    if (type !== TtyType.PTY || !pty) throw wrong(NAME, `terminal ${id} is of type ${type}, which is not supported`);
    const known = ends.get(pty.index);
    if (known) known.push(info);
    else ends.set(pty.index, [info]);
  }
  const pairs = new Map<number, Pair>();
  const bySession = new Map<number, Pair>();
  for (const [index, both] of [...ends].sort(([a], [b]) => a - b)) {
    const master = both.find(({ id }) => id % 2 === 1);
    const slave = both.find(({ id }) => id % 2 === 0);
    const hungUp = slave && used.has(slave.id) && !slave.termios;
    const kind = master ? 'inside' : hungUp ? 'hung up' : 'outside';
    const session = master?.sid || slave?.sid || 0;
    const foreground = (master?.sid ? master.pgrp : slave?.pgrp) ?? 0;
    const pair: Pair = { index, master, slave, kind, session, foreground };
    pairs.set(index, pair);
    if (session !== 0 && !bySession.has(session)) bySession.set(session, pair);
  }
  return { pairs, infos, bySession };
}

/** What a description is an end of; for /dev/tty the terminal of its session. */
export function pairOf(model: Model, { id, tty }: FileEntry): { readonly pair: Pair; readonly info: TtyInfoEntry } {
  const { pairs, infos, bySession } = terminalsOf(model);
  const info = tty && infos.get(tty.tty_info_id);
  if (!info) throw wrong(NAME, `terminal ${tty?.tty_info_id} of file ${id} is missing`);
  const pair = info.pty ? pairs.get(info.pty.index) : bySession.get(info.sid);
  if (!pair) throw wrong(NAME, `terminal ${info.id} is the controlling one of session ${info.sid}, and no pair is`);
  return { pair, info };
}

export function isMaster({ id, pty }: TtyInfoEntry): boolean {
  return pty !== undefined && id % 2 === 1;
}
