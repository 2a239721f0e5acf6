// SPDX-License-Identifier: GPL-2.0-only
//! Builds the interpreter (`crates/blob`) and the seed (`crates/seed`) with a cargo of their own and
//! checks what came out, so that a wrong artifact fails the build and not a task.
#![allow(clippy::print_stdout, reason = "a build script talks to cargo by printing")]

mod nested;
mod verify;

use std::{env, fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    for source in ["abi/src", "blob", "seed"] {
        println!("cargo::rerun-if-changed=../{source}");
    }
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed=RUSTC");

    let blob = nested::build("blob", "stasis-blob", "pie")?;
    let code = verify::blob(&blob).map_err(|why| format!("the interpreter {why}"))?;
    fs::write(out.join("blob.bin"), code).map_err(|why| format!("cannot write blob.bin: {why}"))?;
    let seed = nested::build("seed", "stasis-seed", "static")?;
    let seed = verify::seed(&seed).map_err(|why| format!("the seed {why}"))?;
    fs::write(out.join("seed.elf"), seed).map_err(|why| format!("cannot write seed.elf: {why}"))
}
