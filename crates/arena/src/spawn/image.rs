// SPDX-License-Identifier: GPL-2.0-only
//! The seed's executable file.

use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::write;

use crate::artifacts::seed;
use crate::error::Error;

/// The seed in a sealed memory file, closed on exec.
pub(super) fn file() -> Result<OwnedFd, Error> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Before 6.3 every memfd may be executed and the flag is not known.
    let file = memfd_create("stasis-seed", flags | MemfdFlags::EXEC)
        .or_else(|_| memfd_create("stasis-seed", flags))
        .map_err(Error::system("create seed", "memfd_create"))?;
    let mut rest = seed();
    while !rest.is_empty() {
        let written = write(&file, rest).map_err(Error::system("write seed", "write"))?;
        rest = &rest[written..];
    }
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    fcntl_add_seals(&file, seals).map_err(Error::system("seal seed", "fcntl"))?;
    Ok(file)
}
