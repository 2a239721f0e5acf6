// SPDX-License-Identifier: GPL-2.0-only
import type { FileEntry, SkOptsEntry } from '../images/generated/messages.js';
import type { Images } from '../model/images.js';
import { fileAt } from '../model/lookup.js';
import type { Model } from '../model/types.js';
import type { WantedDescriptor } from '../native/contract.js';
import { FL_POSIX } from '../subsystems/files/locks/numbers.js';
import { isMadeAnew } from '../subsystems/files/regular/path.js';
import { addressText } from '../subsystems/network/inet/address.js';
import { SOCK_STREAM, TCP_LISTEN } from '../subsystems/network/sockets/numbers.js';
import { isNamed, isPath, nameText } from '../subsystems/network/unix/name.js';

/** Something of which there is only one, and that whoever has the descriptor, too, keeps when the tree is gone. */
export interface Claim extends WantedDescriptor {
  readonly what: string;
}

/** Names of sockets, data in FIFOs, locks of open file descriptions. */
export function* claims(model: Model, images: Images): Iterable<Claim> {
  for (const file of model.files.values()) {
    const what = unixName(file) ?? inetName(file);
    if (what !== undefined) yield { link: Buffer.from(`socket:[${file.usk?.ino ?? file.isk?.ino}]`), what };
  }
  yield* fifos(model, images);
  for (const { pid, fd, flag } of images.list('FILE_LOCKS')) {
    const table = model.byPid.get(pid)?.alive?.table;
    const file = model.files.get((table && fileAt(model, table, fd)) ?? -1);
    // The kernel takes those of a process from it when it ends; a file that is made anew is another one.
    if (flag === FL_POSIX || !file?.reg || isMadeAnew(model, file)) continue;
    yield { link: pathOf(file.reg), pid, fd, what: `lock of fd ${fd} of pid ${pid}` };
  }
}

function* fifos(model: Model, images: Images): Iterable<Claim> {
  const full = new Set(images.withData('FIFO_DATA').flatMap(({ entry, data }) => (data.length > 0 ? [entry.pipe_id] : [])));
  for (const { fifo } of model.files.values()) {
    const file = fifo?.regf_id === undefined ? undefined : model.files.get(fifo.regf_id);
    if (!fifo || !file?.reg || !full.has(fifo.pipe_id) || isMadeAnew(model, file)) continue;
    yield { link: pathOf(file.reg), what: `FIFO ${file.reg.name} with what is unread in it` };
  }
}

function pathOf({ name, raw_name }: { readonly name: string; readonly raw_name?: Uint8Array | undefined }): Uint8Array {
  return raw_name ?? Buffer.from(name);
}

function unixName({ usk }: FileEntry): string | undefined {
  if (!usk || !isNamed(usk) || (isPath(usk.name) && usk.deleted)) return undefined;
  return `unix socket ${nameText(usk.name)}`;
}

function inetName({ isk }: FileEntry): string | undefined {
  if (!isk?.src_port || isShared(isk.opts, isk.type === SOCK_STREAM && isk.state === TCP_LISTEN)) return undefined;
  const kind = isk.type === SOCK_STREAM ? 'TCP' : 'UDP';
  return `${kind} socket at ${addressText(isk.family, isk.src_addr, isk.src_port)}`;
}

/** socket(7): the same address for several; with SO_REUSEADDR not beside one that listens. */
function isShared(options: SkOptsEntry | undefined, listens: boolean): boolean {
  return options?.so_reuseport === true || (options?.reuseaddr === true && !listens);
}
