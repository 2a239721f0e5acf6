// SPDX-License-Identifier: GPL-2.0-only
//! Extended attributes of files that a restore has to make anew (xattr(7)).

use rustix::fs::listxattr;
use rustix::io::Errno;

/// What somebody has put there. Labels of security modules, and what a file system says of itself, come by themselves.
const OWN: [&[u8]; 4] = [
    b"user.",
    b"trusted.",
    b"security.capability",
    b"system.posix_acl_",
];

/// Names of the attributes of the file behind a link of /proc; those that nobody may see are not among them.
#[must_use]
pub fn attributes(link: &str) -> Vec<String> {
    let mut names = vec![0u8; 1 << 10];
    loop {
        match listxattr(link, names.as_mut_slice()) {
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
        .filter(|name| OWN.iter().any(|prefix| name.starts_with(prefix)))
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
        assert!(attributes(&link).is_empty());
        // Before 6.6 tmpfs has none of users.
        match fsetxattr(&file, c"user.one", b"1", XattrFlags::empty()) {
            Err(Errno::OPNOTSUPP) => return,
            result => result.unwrap(),
        }
        assert_eq!(attributes(&link), ["user.one"]);
        let long = std::ffi::CString::new(format!("user.{}", "x".repeat(200))).unwrap();
        for _ in 0..8 {
            let name =
                std::ffi::CString::new(format!("{}{}", long.to_str().unwrap(), attributes(&link).len()))
                    .unwrap();
            fsetxattr(&file, name.as_c_str(), b"", XattrFlags::empty()).unwrap();
        }
        assert_eq!(attributes(&link).len(), 9);
    }
}
