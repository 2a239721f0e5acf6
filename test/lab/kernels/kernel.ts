// SPDX-License-Identifier: GPL-2.0-only

/** A kernel that can be booted. */
export interface Kernel {
  readonly image: string;
  /** The folder of its modules, with `modules.dep`; undefined: all is built in. */
  readonly modules: string | undefined;
  /** What it is told besides. */
  readonly parameters: string;
}
