// SPDX-License-Identifier: GPL-2.0-only

/** What differs between the machines of the lab. */
export interface Machine {
  /** As Debian calls it. */
  readonly debian: string;
  /** As `process.arch` has it there. */
  readonly node: string;
  /** What Rust calls it. */
  readonly target: string;
  /** The C compiler for it. */
  readonly compiler: string;
  readonly qemu: readonly string[];
  /** The architecture as the kernel's makefile has it. */
  readonly linux: string;
  /** What that makes, and where, to be booted. */
  readonly image: { readonly goal: string; readonly path: string };
  /** The kernel's console. */
  readonly console: string;
}
