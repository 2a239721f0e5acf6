// SPDX-License-Identifier: GPL-2.0-only
import { createRequire } from 'node:module';
import type * as Binding from '#native/index.js';

export type Native = typeof Binding;

let loaded: Native | undefined;

/** The addon, loaded at first use: `stasis --version` and the image commands do without it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const require = createRequire(import.meta.url);
  const file = require.resolve(`#native/stasis.linux-${process.arch}-gnu.node`);
  // Not require(): its resolution, caching and wrapping cost more than the load itself.
  const holder: { exports: Native } = { exports: {} as Native };
  process.dlopen(holder, file);
  return holder.exports;
}
