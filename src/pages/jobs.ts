// SPDX-License-Identifier: GPL-2.0-only

/** Pages that go to files of their own while the tree is frozen. `bytes`: about how many. */
export type PageJob =
  | { readonly kind: 'process'; readonly pid: number; readonly pagemap: string; readonly pagesId: number; readonly bytes: number }
  | {
      readonly kind: 'object';
      readonly objectId: number;
      readonly pagemap: string;
      readonly pagesId: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'ghost';
      /** The description that holds the file, or 0 and a mapping of it. */
      readonly descriptionId: number;
      readonly pid: number;
      readonly vmaStart: number;
      readonly name: string;
      /** What the image begins with: magic numbers and ghost_file_entry. */
      readonly header: Uint8Array;
      readonly chunks: boolean;
      readonly bytes: number;
    };

/** The jobs of a dump; decides the numbers of pages-N.img. */
export class PageJobs {
  readonly list: PageJob[] = [];
  private pagesId = 1;

  process(pid: number, bytes: number): void {
    this.list.push({ kind: 'process', pid, pagemap: `pagemap-${pid}.img`, pagesId: this.pagesId++, bytes });
  }

  /** `shmid`: the number by which images refer to the object. */
  object(objectId: number, shmid: number, bytes: number): void {
    this.list.push({ kind: 'object', objectId, pagemap: `pagemap-shmem-${shmid}.img`, pagesId: this.pagesId++, bytes });
  }

  /** One pump each: it brings threads of its own. */
  ghost(job: Omit<Extract<PageJob, { kind: 'ghost' }>, 'kind' | 'bytes'>): void {
    this.list.push({ kind: 'ghost', bytes: 0, ...job });
  }
}
