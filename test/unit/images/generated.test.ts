// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import test from 'ava';
import { generateImages } from '../../../scripts/generate-images.js';

for (const [name, content] of Object.entries(generateImages())) {
  test(`src/images/generated/${name} is what proto/ says`, (t) => {
    t.is(
      readFileSync(new URL(`../../../src/images/generated/${name}`, import.meta.url), 'utf8'),
      content,
      'run tsx scripts/generate-images.ts',
    );
  });
}
