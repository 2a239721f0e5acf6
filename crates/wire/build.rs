// SPDX-License-Identifier: GPL-2.0-only
//! Generates the message types. `protox` compiles the schemas in Rust, so no `protoc` has to be installed.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    generate(&root, "stasis/facts.proto", &out.join("facts"))?;
    generate(&root.join("criu"), "core-x86.proto", &out.join("core_x86"))?;
    generate(
        &root.join("criu"),
        "core-aarch64.proto",
        &out.join("core_aarch64"),
    )?;
    Ok(())
}

/// Compiles `file` into `out/messages.rs`. One folder a schema: CRIU's messages share the global
/// namespace, and only what one schema holds should reach its module.
fn generate(include: &Path, file: &str, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={}", include.join(file).display());
    let mut set = protox::compile([file], [include])?;
    // Imports hold options that only steer how tools print a field.
    set.file.retain(|schema| schema.name() == file);
    for schema in &mut set.file {
        schema.dependency.clear();
    }
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    fs::create_dir_all(out)?;
    prost_build::Config::new()
        .out_dir(out)
        .default_package_filename("messages")
        .compile_fds(set)?;
    let mut generated = fs::read_dir(out)?.collect::<Result<Vec<_>, _>>()?;
    let only = generated.pop().filter(|_| generated.is_empty());
    let only = only.ok_or_else(|| io::Error::other(format!("{file}: expected one generated file")))?;
    fs::rename(only.path(), out.join("messages.rs"))?;
    Ok(())
}
