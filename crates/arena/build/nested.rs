// SPDX-License-Identifier: GPL-2.0-only
//! One nested cargo run.

use std::{env, fs, path::Path, process::Command};

/// Builds the executable `name` of the crate in `../folder` for the target of the outer build and gives its bytes.
///
/// `model` is the relocation model. The crates have no dependency outside this repository, so the
/// nested cargo never needs the network.
pub(crate) fn build(folder: &str, name: &str, model: &str) -> Result<Vec<u8>, String> {
    let var = |key: &str| env::var(key).map_err(|_| format!("{key} is not set"));
    let manifests = Path::new(&var("CARGO_MANIFEST_DIR")?).join("..").join(folder);
    let target = var("TARGET")?.replace("-linux-musl", "-linux-gnu");
    // One directory each: the flags differ, and a shared one would be rebuilt in turns.
    let output = Path::new(&var("OUT_DIR")?).join(folder);
    let mut cargo = Command::new(var("CARGO")?);
    cargo.args([
        "build",
        "--release",
        "--offline",
        "--locked",
        "--quiet",
        "--target",
        &target,
    ]);
    cargo.arg("--target-dir").arg(&output).current_dir(&manifests);
    // What the outer build was told (flags, wrappers such as clippy's, profiles) is not meant for this one.
    for (key, _) in env::vars_os() {
        let Some(key) = key.to_str() else { continue };
        let linker = key.starts_with("CARGO_TARGET_") && key.ends_with("_LINKER");
        let keep = key == "CARGO" || key == "CARGO_HOME" || linker;
        if (key.starts_with("CARGO") && !keep) || key.starts_with("RUSTC_W") || key == "RUSTFLAGS" {
            cargo.env_remove(key);
        }
    }
    let mut flags = format!("-Crelocation-model={model}");
    if target.starts_with("aarch64") {
        // The outlined helpers ask a writable static which instructions the machine has.
        flags.push_str("\u{1f}-Ctarget-feature=-outline-atomics");
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
    let ran = cargo
        .output()
        .map_err(|why| format!("cannot run a nested cargo: {why}"))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr).replace('\n', "\ncargo::error=");
        return Err(format!("cannot build crates/{folder}: {said}"));
    }
    let file = output.join(target).join("release").join(name);
    fs::read(&file).map_err(|why| format!("cannot read {}: {why}", file.display()))
}
