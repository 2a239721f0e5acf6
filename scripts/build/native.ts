// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { ownTarget, platformOf, rustcFor } from '../lib/target.js';
import { ifChanged } from './stamp.js';

const OUT = 'dist/native';

/**
 * The addon, napi's loader of it and its types: `dist/native/stasis.linux-x64-gnu.node`, `index.cjs`, `index.d.ts`; for this
 * machine or another.
 */
export function buildNative(wanted = ownTarget()): Promise<boolean> {
  const target = wanted === ownTarget() ? undefined : wanted;
  const platform = platformOf(wanted);
  const product = {
    name: target === undefined ? 'native' : `native-${target}`,
    inputs: ['crates', 'proto', 'Cargo.toml', 'Cargo.lock', '.cargo', 'rust-toolchain.toml', 'scripts/build/native.ts'],
    outputs: [`${OUT}/stasis.${platform}.node`, `${OUT}/index.cjs`, `${OUT}/index.d.ts`],
  };
  return ifChanged(product, async () => {
    const cross = target === undefined ? [] : ['--target', target];
    const env = target === undefined ? {} : await rustcFor(target);
    const { code } = await run(
      'napi',
      [
        ...['build', '--platform', '--release', '--js', 'index.cjs', ...cross],
        ...['--manifest-path', 'crates/node/Cargo.toml', '--package-json-path', 'package.json', '--output-dir', OUT],
      ],
      { env },
    );
    if (code !== 0) throw new Error('napi build failed');
  });
}
