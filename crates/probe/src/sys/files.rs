// SPDX-License-Identifier: GPL-2.0-only
use std::fs;
use std::io::{self, Read};

/// A file of the kernel as text; what is not UTF-8 is replaced, as no probe decides by such bytes.
pub(crate) fn text(path: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether `/proc/filesystems` lists the type. Modules that are not loaded yet are not listed.
pub(crate) fn has_filesystem(name: &str) -> bool {
    let list = text("/proc/filesystems").unwrap_or_default();
    list.lines()
        .any(|line| line.split_whitespace().last() == Some(name))
}
