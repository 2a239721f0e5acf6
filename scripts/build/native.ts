// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { ifChanged } from './stamp.js';
import { platformOf, rustcFor } from './target.js';

const OUT = 'dist/native';

/** The addon and its types: `dist/native/stasis.linux-x64-gnu.node`, `dist/native/index.d.ts`; for this machine or another. */
export function buildNative(target?: string): Promise<boolean> {
  const platform = target === undefined ? `linux-${process.arch}-gnu` : platformOf(target);
  const product = {
    name: target === undefined ? 'native' : `native-${target}`,
    inputs: ['crates', 'proto', 'Cargo.toml', 'Cargo.lock', '.cargo', 'rust-toolchain.toml', 'scripts/build/native.ts'],
    outputs: [`${OUT}/stasis.${platform}.node`, `${OUT}/index.d.ts`],
  };
  return ifChanged(product, async () => {
    const cross = target === undefined ? [] : ['--target', target];
    const env = target === undefined ? {} : await rustcFor(target);
    const { code } = await run(
      'napi',
      [
        ...['build', '--platform', '--release', '--no-js', ...cross],
        ...['--manifest-path', 'crates/node/Cargo.toml', '--package-json-path', 'package.json', '--output-dir', OUT],
      ],
      { env },
    );
    if (code !== 0) throw new Error('napi build failed');
  });
}
