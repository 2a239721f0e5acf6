// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { ifChanged } from './stamp.js';

const OUT = 'dist/native';

/** The addon and its types: `dist/native/stasis.linux-x64-gnu.node`, `dist/native/index.d.ts`. */
export function buildNative(): Promise<boolean> {
  const product = {
    name: 'native',
    inputs: ['crates', 'proto', 'Cargo.toml', 'Cargo.lock', '.cargo', 'rust-toolchain.toml', 'scripts/build/native.ts'],
    outputs: [`${OUT}/stasis.linux-${process.arch}-gnu.node`, `${OUT}/index.d.ts`],
  };
  return ifChanged(product, async () => {
    const { code } = await run('napi', [
      ...['build', '--platform', '--release', '--no-js'],
      ...['--manifest-path', 'crates/node/Cargo.toml', '--package-json-path', 'package.json', '--output-dir', OUT],
    ]);
    if (code !== 0) throw new Error('napi build failed');
  });
}
