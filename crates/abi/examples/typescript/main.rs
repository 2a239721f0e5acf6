// SPDX-License-Identifier: GPL-2.0-only
//! Prints `src/program/abi.ts`: `cargo run -p stasis-abi --example typescript > src/program/abi.ts`.

mod generate;

fn main() {
    print!("{}", generate::typescript());
}
