// SPDX-License-Identifier: GPL-2.0-only
//! Link arguments of the seed: a static executable without start files.

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo:rerun-if-changed=seed.ld");
    println!("cargo:rustc-link-arg-bins=-T{folder}/seed.ld");
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static",
        "-Wl,--build-id=none",
        "-Wl,-z,noexecstack",
        "-Wl,--gc-sections",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
