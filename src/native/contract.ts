// SPDX-License-Identifier: GPL-2.0-only
// What dump and restore need of the addon (crates/node). Kept apart from its generated types so that
// tests can put a fake in its place.

export interface FileSum {
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
  /** Of files of raw pages. */
  readonly chunks?: FileChunks;
}

/** Checksums of chunks of a file, each by itself. */
export interface FileChunks {
  /** Bytes of each; the last may have less. */
  readonly size: number;
  readonly sums: readonly number[];
}

/** A stream of pages between a task, or a shared object, and image files. The first pump opens it, the last one ends it. */
export interface NativePipe<End> {
  /**
   * Moves pages until none is left, here and in `others`. Called several times at once for the same pipes, each pump takes
   * the next that none has begun, and helps the others in the end. Rejects with a native error. Resolves to one result
   * for each pipe: null where another pump came to its end last.
   */
  pump(others: readonly NativePipe<End>[]): Promise<(End | null)[]>;
  /** Bytes moved so far. */
  progress(): number;
  /** Makes pumps return early, with an error. */
  cancel(): void;
}

export interface DumpPipeSummary {
  readonly pages: number;
  readonly bytes: number;
  readonly files: readonly FileSum[];
  /** Guard pages (MADV_GUARD_INSTALL) that were met: start, end, …; addresses. */
  readonly guards?: readonly number[];
}

export type NativeDumpPipe = NativePipe<DumpPipeSummary>;

/** Its result: the bytes moved, checksums verified. */
export type NativeFillPipe = NativePipe<number>;

export type ReleaseMode = 'run' | 'stop' | 'kill';

export interface NativeDumpSession {
  /** stasis.facts.Survey. */
  survey(): Promise<Uint8Array>;
  /** stasis.facts.Inner, one buffer for each task that is no zombie, in the survey's order; then the survey again, its threads completed. */
  collect(): Promise<readonly Uint8Array[]>;
  processPipe(pid: number, dir: string, pagemapName: string, pagesName: string, pagesId: number): NativeDumpPipe;
  objectPipe(objectId: number, dir: string, pagemapName: string, pagesName: string, pagesId: number): NativeDumpPipe;
  /** Content of a file that has no name any more; `header`: what the image begins with. `vmaStart`: 0 for a descriptor. */
  ghostPipe(
    descriptionId: number,
    pid: number,
    vmaStart: number,
    dir: string,
    name: string,
    header: Uint8Array,
    chunks: boolean,
  ): NativeDumpPipe;
  /** Lets go of every task; `frozenUs` counts from the first stop. */
  release(mode: ReleaseMode): Promise<{ readonly frozenUs: number }>;
}

export interface RestoreStart {
  /** The pid of strand 0. */
  readonly pid: number;
  /** The root of the tree, where strand 0 is a stand-in for its dead session leader. */
  readonly rootPid: number;
  /** Both are 1, in a PID namespace that is made for the tree. */
  readonly pidNamespace: boolean;
  readonly detach: boolean;
  /** Bytes to keep free behind the arena for the kernel's own mappings. */
  readonly parkingSize: number;
}

export interface FillTarget {
  /** The task, or the one that holds the object. */
  readonly pid: number;
  /** Descriptor of the object in that task; -1: the task's memory. */
  readonly fd: number;
  /** userfaultfd of the task, -1 without. */
  readonly uffd: number;
  readonly pagemapName: string;
  readonly pagesName: string;
  /** Checksums to be found, where the images have them. */
  readonly pagesCrc32?: number;
  readonly pagesSize?: number;
  readonly pagesChunks?: FileChunks;
  readonly pagemapCrc32?: number;
  /** start, end, flags (1: private file mapping, 4: pages there are passed over) of each mapping that pages may lie in. */
  readonly ranges: readonly number[];
  /** Start and end of a mapping of the task: the shared memory behind it is the target. */
  readonly mapping?: readonly number[];
}

export interface GhostTarget {
  readonly pid: number;
  readonly fd: number;
  readonly name: string;
  /** Bytes of the image before the content. */
  readonly offset: number;
  /** Bytes of the content, which may be more holes than a `number` counts. */
  readonly size: bigint;
  readonly chunks: boolean;
  readonly crc32?: number;
}

export interface NativeRestoreSession {
  /** This host's number of a task, which is named as the images do; once it has been made. Throws a native error for none. */
  hostPid(pid: number): number;
  /** Resolves when everybody but the host has arrived; rejects with the first failure of a strand. */
  reached(barrier: number): Promise<void>;
  /** The host's own arrival. */
  open(barrier: number): void;
  /** All strands are done and wait to be taken over. */
  parked(): Promise<void>;
  fillPipe(dir: string, target: FillTarget): NativeFillPipe;
  ghostFill(dir: string, target: GhostTarget): NativeFillPipe;
  /** stasis.facts.Takeover: registers and signal masks; the tree runs afterwards. */
  finish(takeover: Uint8Array): Promise<void>;
  /** Whether the tree has been let go: from then on it is not taken back. */
  isRunning(): boolean;
  /** Kills whatever was created; returns when it is gone. */
  abort(): Promise<void>;
  /** The root has ended. */
  wait(): Promise<{ readonly code?: number | null; readonly signal?: number | null }>;
  signal(number: number): void;
}

export interface ImageFiles {
  readonly names: readonly string[];
  readonly buffers: readonly Uint8Array[];
  readonly crc32s: readonly number[];
  /** Of the very files that were read: st_uid and st_mode. */
  readonly owners: readonly { readonly uid: number; readonly mode: number }[];
  /** Of images that are there by their heads only: their true sizes. */
  readonly sizes?: ReadonlyMap<string, number>;
  /** The regular files that were not read whole, those of raw pages among them. */
  readonly unread?: readonly string[];
}

export interface WantedDescriptor {
  /** As it reads in /proc/PID/fd: `socket:[77]`, or a path. */
  readonly link: Uint8Array;
  /** With `fd`, a task that has it: nothing but the same open file description counts. */
  readonly pid?: number;
  readonly fd?: number;
}

/** The addon as dump and restore see it. Directories are absolute paths. */
export interface NativeApi {
  /** `messages`: also look at datagrams that wait, not all of which can be seen twice. */
  freeze(pid: number, messages: boolean): Promise<NativeDumpSession>;
  startRestore(arena: Uint8Array, candidates: readonly number[], options: RestoreStart): Promise<NativeRestoreSession>;
  /** New files, mode 0600. */
  writeImages(
    dir: string,
    names: readonly string[],
    buffers: readonly Uint8Array[],
  ): Promise<readonly { readonly size: number; readonly crc32: number }[]>;
  /** All regular files but those that hold raw pages. */
  readImages(dir: string): Promise<ImageFiles>;
  checksumFile(path: string): Promise<{ readonly size: number; readonly crc32: number }>;
  /** fsync of everything in `from`, then rename; `to` must not exist, or be empty, and every file be there with its size. */
  commitDirectory(from: string, to: string, files: readonly { readonly name: string; readonly size: number }[]): Promise<void>;
  /** fsync of everything in it, so that a commit finds little left to do. */
  syncDirectory(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  /** stasis.facts.Host of the running kernel. */
  hostFacts(): Uint8Array;
  /** Whether a unix socket is bound to the file at this path. */
  socketInUse(path: Uint8Array): boolean;
  /** Opens and locks a file until the descriptor is closed, or this process dead; -1 where somebody else has locked it. */
  lockFile(path: string): number;
  /** Of every process, zombies excepted: pid, process group, session, …. */
  processGroups(): Promise<readonly number[]>;
  /** Processes but `except` that have one of them open: index, pid, …; one for each. */
  descriptorHolders(wanted: readonly WantedDescriptor[], except: readonly number[]): Promise<readonly number[]>;
}
