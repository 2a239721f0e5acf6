// SPDX-License-Identifier: LGPL-2.1-only
import type { Input } from './codec.js';
import { sharing, sharingCore } from './core.js';
import { CoreDraft } from './core-draft.js';
import { encodeRecords, type ImageRecord } from './file.js';
import type { GhostFileEntry } from './generated/messages.js';
import { imageName, KINDS, type KindName, type MessageOf } from './kinds.js';
import type { U64 } from './wire/u64.js';

interface Growing {
  readonly kind: KindName;
  readonly records: Omit<ImageRecord, 'payloadAt'>[];
}

export interface Extra {
  /** Number in the file's name, for kinds of which there are several. */
  readonly id?: number;
  /** Bytes after the entry. */
  readonly data?: Uint8Array;
}

export interface EncodedImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The images of a directory while they grow, entry by entry. Nothing is encoded before the end. */
export class ImageSet {
  private readonly images = new Map<string, Growing>();
  private readonly waiting: { readonly kind: KindName; readonly id: number; readonly message: () => object }[] = [];
  private readonly cores = new Map<number, CoreDraft>();

  /** `machine`: of the host, as uname(2) has it. */
  constructor(private readonly machine: string) {}

  add<K extends KindName>(kind: K, message: Input<MessageOf<K>>, { id, data }: Extra = {}): void {
    this.open(kind, id).records.push({ type: KINDS[kind].message, message: message as object, payload: data });
  }

  /** An image without entries, where readers want the file to exist. */
  touch(kind: KindName, id?: number): void {
    this.open(kind, id);
  }

  /** pagemap-PID.img of a task without pages: one run at `vaddr` whose content is nowhere, as CRIU wants at least one. */
  emptyPagemap(pid: number, vaddr: U64): void {
    const { records } = this.open('PAGEMAP', pid);
    records.push({ type: 'pagemap_head', message: { pages_id: 0 } });
    records.push({ type: 'pagemap_entry', message: { vaddr, compat_nr_pages: 1, nr_pages: 1, flags: 0 } });
  }

  /** ghost-file-ID.img of a file that has no content. */
  ghost(id: number, message: Input<GhostFileEntry>): void {
    this.open('GHOST_FILE', id).records.push({ type: 'ghost_file_entry', message });
  }

  /** core-TID.img, to be filled in. */
  core(tid: number): CoreDraft {
    let draft = this.cores.get(tid);
    if (!draft) {
      draft = new CoreDraft();
      this.cores.set(tid, draft);
    }
    return draft;
  }

  /** An image of one entry that is known only when the pages have been moved. */
  late<K extends KindName>(kind: K, message: () => Input<MessageOf<K>>, id: number): void {
    this.waiting.push({ kind, id, message });
  }

  /** All images but the late ones. @throws TypeError when an entry lacks a field that readers require */
  *encoded(): Generator<EncodedImage> {
    const ofCores = sharingCore();
    const ofOthers = sharing();
    for (const [tid, draft] of this.cores) yield { name: imageName('CORE', tid), bytes: draft.encode(this.machine, ofCores) };
    for (const [name, { kind, records }] of this.images) yield { name, bytes: encodeRecords(KINDS[kind], records, ofOthers) };
  }

  /** The late ones. @throws TypeError as {@link encoded} */
  *encodedLate(): Generator<EncodedImage> {
    const codec = sharing();
    for (const { kind, id, message } of this.waiting) {
      const record = { type: KINDS[kind].message, message: message() as object, payload: undefined };
      yield { name: imageName(kind, id), bytes: encodeRecords(KINDS[kind], [record], codec) };
    }
  }

  private open(kind: KindName, id: number | undefined): Growing {
    const name = imageName(kind, id);
    let image = this.images.get(name);
    if (!image) {
      image = { kind, records: [] };
      this.images.set(name, image);
    }
    return image;
  }
}
