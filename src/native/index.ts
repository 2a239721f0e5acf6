// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';
import type * as Binding from '#native/index.js';

export type Native = typeof Binding;

declare const STASIS_NATIVE: string | undefined;

/** Where the addon lies as seen from here: the bundles lie elsewhere than this source, and know. */
const folder = typeof STASIS_NATIVE === 'string' ? STASIS_NATIVE : '../../dist/native/';

let loaded: Native | undefined;

/** The addon, loaded at first use: `stasis --version` and the image commands do without it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const file = fileURLToPath(new URL(`${folder}stasis.linux-${process.arch}-gnu.node`, import.meta.url));
  // Not require(): its resolution, caching and wrapping cost more than the load itself.
  const holder: { exports: Native } = { exports: {} as Native };
  process.dlopen(holder, file);
  return holder.exports;
}
