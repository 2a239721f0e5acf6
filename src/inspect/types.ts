// SPDX-License-Identifier: GPL-2.0-only
export interface InspectOptions {
  /** Judge as a dump of a shell's job would, see `DumpOptions.shellJob`. */
  readonly shellJob?: boolean;
}

export interface InspectReport {
  /** Root of the tree. */
  readonly pid: number;
  /** How long the tree was stopped for it, in milliseconds. */
  readonly frozenMs: number;
  /** Parents before their children, the root first. */
  readonly tasks: readonly InspectedTask[];
  /** What a dump would refuse; empty when it would go through. */
  readonly refusals: readonly Refusal[];
}

export interface InspectedTask {
  /** As its PID namespace has it; so are the following, and all others but those of refusals. */
  readonly pid: number;
  /** As this host has it. */
  readonly hostPid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly comm: string;
  /** Whether it runs or sleeps cannot be told of a tree that was stopped to look at it. */
  readonly state: 'running' | 'stopped' | 'zombie';
  /** 0 for zombies. */
  readonly threads: number;
  readonly memory: MemorySummary;
  /** Another task whose descriptor table this one uses (CLONE_FILES); `descriptors` is empty then. */
  readonly descriptorsOf: number | null;
  readonly descriptors: readonly InspectedDescriptor[];
}

/** All sizes in bytes. Pages that several tasks share are counted in each of them. */
export interface MemorySize {
  readonly mappings: number;
  /** Address space reserved. */
  readonly sizeBytes: number;
  readonly residentBytes: number;
  /** Without a file behind them, or changed since they were read from it, in memory or in swap: what a dump stores at most. */
  readonly privateBytes: number;
}

export interface MemorySummary extends MemorySize {
  /** In the order of first appearance in the address space, none that is empty. */
  readonly kinds: readonly MemoryOfKind[];
}

export interface MemoryOfKind extends MemorySize {
  readonly kind: MemoryKind;
}

export type MemoryKind =
  | 'heap'
  | 'stack'
  | 'anonymous'
  /** Anonymous, and neither readable nor writable nor executable. */
  | 'reserved'
  | 'private file'
  | 'shared file'
  | 'shared anonymous'
  | 'memfd'
  /** vdso, vvar and vsyscall. */
  | 'kernel'
  | 'System V'
  | 'device'
  | 'other';

export interface InspectedDescriptor {
  readonly fd: number;
  /** Resource kind: `file`, `pipe`, `unix stream socket`. */
  readonly kind: string;
  /** `path`: opened with O_PATH. */
  readonly access: 'r' | 'w' | 'rw' | 'path';
  readonly closeOnExec: boolean;
  /** What it leads to: a path, the other end, a state. */
  readonly detail: string;
  /** All other descriptors with the same open file description. */
  readonly sharedWith: readonly Holder[];
  /** A dump would refuse what it leads to. */
  readonly refused: boolean;
}

/** A descriptor of some task. */
export interface Holder {
  readonly pid: number;
  readonly fd: number;
}

export interface Refusal {
  readonly pid: number;
  readonly comm: string;
  /** The descriptor, mapping or thread at fault: `fd 7`; empty for the task itself. */
  readonly object: string;
  readonly kind: string;
  readonly cause: string;
  /** What can be done about it; empty where nothing is known. */
  readonly hint: string;
}
