// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

/** package.json as far as scripts read it. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly files: readonly string[];
  readonly napi: { readonly targets: readonly string[] };
};

/** Version in package.json. */
export const packageVersion = manifest.version;

/** What packages are made for, as Rust calls it. */
export const napiTargets = manifest.napi.targets;
