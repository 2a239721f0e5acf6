// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { circlesOf } from '../../../scripts/check/rust-circles.js';
import { bare, leaves } from '../../../scripts/check/rust-modules.js';

/** The circles of a crate of these files. */
function circles(t: ExecutionContext, files: Readonly<Record<string, string>>): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'stasis-circles-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return circlesOf(folder).map((circle) => circle.map((file) => relative(folder, file)));
}

test('modules that need each other are a circle', (t) => {
  const found = circles(t, {
    'lib.rs': 'mod a;\nmod b;\nmod c;\n',
    'a.rs': 'use crate::b::B;\npub struct A(B);\n',
    'b.rs': 'use crate::c::{self, C};\npub struct B(C);\n',
    'c.rs': 'pub struct C;\nfn f() { super::a::make(); }\n',
  });
  t.deepEqual(found, [['a.rs', 'b.rs', 'c.rs', 'a.rs']]);
});

test('a parent may declare its children and pass their names on, but not need them while they need it', (t) => {
  const child = 'use super::Case;\npub fn examine(_: Case) {}\n';
  const apart = {
    'lib.rs': 'mod kinds;\npub use kinds::examine;\n',
    'kinds/case.rs': 'pub struct Case;\n',
    'kinds/pipe.rs': child,
    'kinds/mod.rs': 'mod case;\nmod pipe;\npub use case::Case;\npub use pipe::*;\n',
  };
  t.deepEqual(circles(t, apart), []);
  const passedOnAndUsed = { ...apart, 'kinds/mod.rs': `${apart['kinds/mod.rs']}pub fn f(case: Case) { pipe::examine(case) }\n` };
  t.deepEqual(circles(t, passedOnAndUsed), []);
  const defined = { ...apart, 'kinds/mod.rs': 'mod pipe;\npub struct Case;\npub fn f() { pipe::examine(Case) }\n' };
  t.deepEqual(circles(t, defined), [['kinds/mod.rs', 'kinds/pipe.rs', 'kinds/mod.rs']]);
});

test('names are followed to where they are defined, also through globs and other names', (t) => {
  const found = circles(t, {
    'lib.rs': 'mod a;\nmod b;\n',
    'a/mod.rs': 'mod deep;\npub use deep::*;\n',
    'a/deep.rs': 'use crate::b::f as g;\npub struct Deep;\nfn h() { g() }\n',
    'b.rs': 'use crate::a::Deep as Low;\npub fn f() -> Low { Low }\n',
  });
  t.deepEqual(found, [['a/deep.rs', 'b.rs', 'a/deep.rs']]);
});

test('tests, comments, texts, other crates and addresses in assembly are no need', (t) => {
  const found = circles(t, {
    'main.rs': 'mod a;\nmod b;\n',
    'a.rs': `use rustix::{b, io};
      // crate::b::f()
      const TEXT: &str = "crate::b::f()";
      fn enter() { asm!("jmp {run}", run = sym crate::b::f); }
      #[cfg(test)]
      mod tests { use crate::b::f; #[test] fn g() { f() } }
      pub struct A;`,
    'b.rs': 'use crate::a::A;\npub fn f() -> A { A }\n',
  });
  t.deepEqual(found, []);
});

test('what is left of a source, and what a use brings in', (t) => {
  t.is(
    bare(`let a = '"'; /* x */ let b = r#"}"#;\n#[cfg(test)]\nuse x;\nlet c;`).replace(/\s+/g, ' '),
    'let a = ""; let b = ""; let c;',
  );
  t.is(bare("fn f<'a>(x: &'a str) -> &'a str { x }"), "fn f<'a>(x: &'a str) -> &'a str { x }");
  t.deepEqual(leaves('a::{self, b as c, d::{e, *}}'), [
    [['a'], 'a'],
    [['a', 'b'], 'c'],
    [['a', 'd', 'e'], 'e'],
    [['a', 'd'], '*'],
  ]);
});
