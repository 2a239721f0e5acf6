// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import test from 'ava';
import { generateFacts } from '../../../scripts/generate-facts.js';

function generate(fields: string): string {
  return generateFacts(`syntax = "proto3";\npackage stasis.facts;\nmessage Sample {\n${fields}\n}\n`);
}

test('the generated module is that of the proto file', (t) => {
  t.is(readFileSync(new URL('../../../src/facts/generated.ts', import.meta.url), 'utf8'), generateFacts());
});

test('a field of 64 bits is exact unless it is marked and says why', (t) => {
  const code = generate(`uint64 cookie = 1;
int64 below = 2;
uint64 start = 3 [jstype = JS_NUMBER]; // whole pages
uint32 small = 4;`);
  t.regex(code, /cookie: U64;/);
  t.regex(code, /below: U64;/);
  t.regex(code, /start: number;/);
  t.regex(code, /case 8:\n\s+m\.cookie = r\.u64\(\);/);
  t.regex(code, /case 16:\n\s+m\.below = r\.i64\(\);/);
  t.regex(code, /case 24:\n\s+m\.start = r\.number\('Sample\.start'\);/);
  t.regex(code, /case 32:\n\s+m\.small = r\.u32\(\);/);
});

test('a mark without a reason, or where it means nothing, is refused', (t) => {
  t.throws(() => generate('uint64 start = 1 [jstype = JS_NUMBER];'), { message: /Sample\.start: JS_NUMBER without a comment/ });
  t.throws(() => generate('int64 start = 1 [jstype = JS_NUMBER]; // whole pages'), { message: /only what is read, one uint64/ });
  t.throws(() => generate('repeated uint64 start = 1 [jstype = JS_NUMBER]; // whole pages'), { message: /one uint64/ });
});

test('what has no reader is refused', (t) => {
  t.throws(() => generate('double share = 1;'), { message: /share: no reader for double/ });
});
