// SPDX-License-Identifier: GPL-2.0-only
import { run } from '../lib/run.js';
import { ifChanged } from './stamp.js';

/** The declarations that go with the library: `dist/types`. */
export function buildTypes(): Promise<boolean> {
  const product = {
    name: 'types',
    inputs: ['src', 'tsconfig.json', 'tsconfig.types.json', 'package-lock.json', 'dist/native/index.d.ts'],
    outputs: ['dist/types/index.d.ts'],
  };
  return ifChanged(product, async () => {
    const { code } = await run('tsc', ['-p', 'tsconfig.types.json']);
    if (code !== 0) throw new Error('the declarations have type errors');
  });
}
