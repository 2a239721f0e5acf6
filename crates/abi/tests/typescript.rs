// SPDX-License-Identifier: GPL-2.0-only
//! The TypeScript side of the format is the committed one.

#[path = "../examples/typescript/generate.rs"]
mod generate;

#[test]
fn the_committed_constants_are_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/program/abi.ts");
    let committed = std::fs::read_to_string(path).expect("src/program/abi.ts");
    assert!(
        committed == generate::typescript(),
        "out of date: cargo run -p stasis-abi --example typescript > src/program/abi.ts"
    );
}
