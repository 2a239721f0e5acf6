// SPDX-License-Identifier: GPL-2.0-only
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Binding from '#native/index.js';
import { version } from '../version.js';
import { lack, otherVersion } from './lack.js';

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

/** @throws Error as the native part's own, which says what is missing and what to do */
function load(): Native {
  const beside = fileURLToPath(new URL(`${folder}stasis.linux-${process.arch}-gnu.node`, import.meta.url));
  try {
    // Not require(): its resolution, caching and wrapping cost more than the load itself.
    const holder: { exports: Native } = { exports: {} as Native };
    process.dlopen(holder, beside);
    return holder.exports;
  } catch {
    // Nothing is built here for this machine and its C library: what npm has installed is in a package of its own.
    return installed();
  }
}

/** By napi's own loader, which knows where to look and tells C libraries apart. */
function installed(): Native {
  const require = createRequire(import.meta.url);
  let addon: Native;
  try {
    addon = require(`${folder}index.cjs`) as Native;
  } catch (thrown) {
    const { optionalDependencies = {} } = require(`${folder}../../package.json`) as { optionalDependencies?: object };
    throw lack(thrown, Object.keys(optionalDependencies), version);
  }
  if (addon.version() !== version) throw otherVersion(addon.version(), version);
  return addon;
}
