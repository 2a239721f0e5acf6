// SPDX-License-Identifier: GPL-2.0-only
import type { Config } from '@oclif/core/config';
import { version } from '../version.js';

/**
 * What a running command asks of oclif's Config. The real one reads package.json and the manifest, looks for plugins
 * and runs hooks, of which there are none; only help needs it (help.ts).
 */
export function leanConfig(): Config {
  const config = {
    bin: 'stasis',
    name: '@stasis-cr/stasis',
    version,
    userAgent: `stasis/${version}`,
    topicSeparator: ' ',
    pjson: { oclif: {} },
    plugins: new Map(),
    runHook: async () => ({ successes: [], failures: [] }),
    scopedEnvVar: () => undefined,
    scopedEnvVarKey: (name: string) => `STASIS_${name}`,
    scopedEnvVarKeys: (name: string) => [`STASIS_${name}`],
    scopedEnvVarTrue: () => false,
  };
  return config as unknown as Config;
}
