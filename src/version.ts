// SPDX-License-Identifier: GPL-2.0-only
import { createRequire } from 'node:module';

declare const STASIS_VERSION: string | undefined;

/** Version of this package; the bundle has it as a constant. */
export const version: string =
  typeof STASIS_VERSION === 'string' ? STASIS_VERSION : createRequire(import.meta.url)('../package.json').version;
