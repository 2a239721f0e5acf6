// SPDX-License-Identifier: GPL-2.0-only
//! Extended attributes of files that a restore has to make anew (xattr(7)).

use rustix::fs::listxattr;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// What somebody has put there. Labels of security modules, and what a file system says of itself, come by themselves.
const OWN: [&[u8]; 3] = [b"user.", b"trusted.", b"security.capability"];
const ACLS: &[u8] = b"system.posix_acl_";
/// Files that are made in a folder that has it begin with its entries.
const INHERITED: &str = "system.posix_acl_default";

/// Names of the attributes of the file behind a link of /proc; those that nobody may see are not among them. `path`: where it
/// was, and will be made anew.
#[must_use]
pub fn attributes(link: &str, path: &[u8]) -> Vec<String> {
    let mut all = names_of(OsStr::new(link));
    let is_acl = |name: &String| name.as_bytes().starts_with(ACLS);
    let inherits = || {
        let end = path
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        names_of(OsStr::from_bytes(&path[..end]))
            .iter()
            .any(|name| name == INHERITED)
    };
    if all.iter().any(is_acl) && inherits() {
        all.retain(|name| !is_acl(name));
    }
    all
}

fn names_of(path: &OsStr) -> Vec<String> {
    let mut names = vec![0u8; 1 << 10];
    loop {
        match listxattr(path, names.as_mut_slice()) {
            Ok(length) => {
                names.truncate(length);
                break;
            }
            // The kernel gives no list that is longer (XATTR_LIST_MAX).
            Err(Errno::RANGE) if names.len() < 1 << 16 => names.resize(1 << 16, 0),
            Err(_) => return Vec::new(),
        }
    }
    names
        .split(|&byte| byte == 0)
        .filter(|name| name.starts_with(ACLS) || OWN.iter().any(|prefix| name.starts_with(prefix)))
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, XattrFlags, fsetxattr, memfd_create};
    use std::os::fd::AsRawFd;

    #[test]
    fn tells_what_was_put_there() {
        let file = memfd_create(c"attributes", MemfdFlags::CLOEXEC).unwrap();
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        assert!(attributes(&link, b"/memfd:attributes").is_empty());
        // Before 6.6 tmpfs has none of users.
        match fsetxattr(&file, c"user.one", b"1", XattrFlags::empty()) {
            Err(Errno::OPNOTSUPP) => return,
            result => result.unwrap(),
        }
        assert_eq!(attributes(&link, b"/memfd:attributes"), ["user.one"]);
        let long = std::ffi::CString::new(format!("user.{}", "x".repeat(200))).unwrap();
        for _ in 0..8 {
            let name = std::ffi::CString::new(format!(
                "{}{}",
                long.to_str().unwrap(),
                attributes(&link, b"/memfd:attributes").len()
            ))
            .unwrap();
            fsetxattr(&file, name.as_c_str(), b"", XattrFlags::empty()).unwrap();
        }
        assert_eq!(attributes(&link, b"/memfd:attributes").len(), 9);
    }
}
