// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { UnixSkEntry } from '../../../images/generated/messages.js';
import type { Model } from '../../../model/types.js';
import type { NativeApi } from '../../../native/contract.js';
import type { Checks } from '../../../plan/checks.js';
import { TCP_ESTABLISHED } from '../sockets/numbers.js';
import { namesOf } from './bind.js';
import { absolutePath, abstractName, isNamed, isPath, nameText } from './name.js';
import { networkOf } from './network.js';

/** Names that sockets of the tree get must be free. Those that are gone by now need not be: nobody sees them. */
export function checkNames(model: Model, checks: Checks, native: NativeApi): void {
  let abstract: Map<string, number[]> | undefined;
  const own = checks.standing ? ownNames(model) : undefined;
  for (const { id, usk } of model.files.values()) {
    if (usk?.lost_name?.[0] === 0) {
      abstract ??= abstractNames();
      if (abstract.has(abstractName(usk.lost_name)))
        checks.problem({
          operation: 'restore',
          object: `closed peer of unix socket ${id}, ${nameText(usk.lost_name)}`,
          cause: 'another socket has this name',
          hint: 'end the process that has it',
        });
    }
    if (!usk || !isNamed(usk) || isAccepted(model, id, usk)) continue;
    const object = `unix socket ${isPath(usk.name) ? absolutePath(usk).toString() : nameText(usk.name)}`;
    const problem = (cause: string, hint: string) => checks.problem({ operation: 'restore', object, cause, hint });
    const paths = namesOf(usk).filter((path) => !own?.paths.has(path.toString('latin1')));
    abstract ??= abstractNames();
    const taken = isPath(usk.name)
      ? paths.some((path) => isTaken(path, native))
      : abstract.get(abstractName(usk.name))?.some((ino) => !own?.inodes.has(ino)) === true;
    if (taken) problem('another socket has this name', 'end the process that listens there');
    else if (paths.some(isOther)) problem('there is another file of this name', 'move the file away');
    const lost = paths.map((path) => dirname(path.toString('latin1'))).find((path) => !isFolder(path));
    if (lost !== undefined) problem(`there is no directory ${Buffer.from(lost, 'latin1').toString()}`, 'make the directory');
  }
}

/** Its name is that of its listener, or of one that is gone, which stands for the moment where nobody sees it. */
function isAccepted(model: Model, id: number, socket: UnixSkEntry): boolean {
  if (socket.state !== TCP_ESTABLISHED) return false;
  const network = networkOf(model);
  const node = { id, socket };
  const peer = network.peerOf(node);
  return peer !== undefined && network.serverOf(node, peer)?.id === id && isPath(socket.name);
}

function isTaken(path: Buffer, native: NativeApi): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true && native.socketInUse(path);
}

function isOther(path: Buffer): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === false;
}

function isFolder(path: string): boolean {
  return statSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What the sockets of a tree have that is still standing. */
function ownNames({ files }: Model): { readonly paths: ReadonlySet<string>; readonly inodes: ReadonlySet<number> } {
  const paths = new Set<string>();
  const inodes = new Set<number>();
  for (const { usk } of files.values()) {
    if (!usk) continue;
    inodes.add(usk.ino);
    for (const path of namesOf(usk)) paths.add(path.toString('latin1'));
  }
  return { paths, inodes };
}

/** Inodes of sockets that exist now, by names without a file, from /proc/net/unix: each byte a character. */
function abstractNames(): Map<string, number[]> {
  const names = new Map<string, number[]>();
  for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n')) {
    const [, ino, name] = / (\d+) (@.*)$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const known = names.get(name);
    if (known) known.push(Number(ino));
    else names.set(name, [Number(ino)]);
  }
  return names;
}
