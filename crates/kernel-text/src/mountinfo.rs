// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/mountinfo` (`show_mountinfo` in `fs/proc_namespace.c`; `Documentation/filesystems/proc.rst`).

use crate::dev::Dev;
use crate::error::Result;
use crate::escape::unescape_octal;
use crate::scan::{Line, Lines};
use std::borrow::Cow;

/// One mount of the task's mount namespace that its root lets it see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount<'a> {
    /// The `mnt_id` of fdinfo; may be given to another mount after this one is gone.
    pub id: i32,
    /// The mount it lies on; of the topmost, an id that is not in the text.
    pub parent: i32,
    /// The device of the superblock.
    pub dev: Dev,
    /// The directory of the file system that is mounted, escapes undone.
    pub root: Cow<'a, [u8]>,
    /// Whether that directory was removed; `//deleted` is taken off.
    pub root_deleted: bool,
    /// Where, from the task's root, escapes undone.
    pub point: Cow<'a, [u8]>,
    /// Comma-separated options of the mount, `rw` or `ro` first.
    pub options: &'a [u8],
    /// `shared:N`: its peer group.
    pub shared: Option<u32>,
    /// `master:N`: the peer group it is a slave of.
    pub master: Option<u32>,
    /// `propagate_from:N`: the nearest group above that the task's root lets it see (2.6.26).
    pub propagate_from: Option<u32>,
    /// `unbindable`.
    pub unbindable: bool,
    /// Type of the file system, with its subtype: `ext4`, `fuse.sshfs`.
    pub fs_type: Cow<'a, [u8]>,
    /// What is mounted, as the file system tells it, escapes undone; may be empty.
    pub source: Cow<'a, [u8]>,
    /// Comma-separated options of the superblock, `rw` or `ro` first, escapes left.
    pub super_options: &'a [u8],
}

/// The mounts in the order of the namespace: each after the one it lies on.
///
/// # Errors
/// The first line that is not as the kernel prints it.
pub fn parse(text: &[u8]) -> Result<Vec<Mount<'_>>> {
    Lines::new("/proc/PID/mountinfo", text).map(read).collect()
}

fn read(mut line: Line<'_>) -> Result<Mount<'_>> {
    let id = line.signed("the id of a mount")?;
    let parent = line.signed("the id of the parent mount")?;
    let major = line.dec("the device's major number")?;
    line.need(b":", "a colon within the device number")?;
    let minor = line.dec("the device's minor number")?;
    line.need(b" ", "a space before the root")?;
    // Single spaces from here on: a field may be empty.
    let printed_root = line.until(b' ');
    let root = printed_root.strip_suffix(b"//deleted");
    let mut mount = Mount {
        id,
        parent,
        dev: Dev { major, minor },
        root: unescape_octal(root.unwrap_or(printed_root)),
        root_deleted: root.is_some(),
        point: unescape_octal(line.until(b' ')),
        options: line.until(b' '),
        shared: None,
        master: None,
        propagate_from: None,
        unbindable: false,
        fs_type: Cow::default(),
        source: Cow::default(),
        super_options: b"",
    };
    tags(&mut line, &mut mount)?;
    mount.fs_type = unescape_octal(line.until(b' '));
    if line.is_empty() {
        return Err(line.error("the source of the mount and its options"));
    }
    mount.source = unescape_octal(line.until(b' '));
    mount.super_options = line.rest();
    Ok(mount)
}

/// The optional fields, up to and with the dash that ends them. Unknown ones are stepped over, as
/// `Documentation/filesystems/proc.rst` asks.
fn tags(line: &mut Line<'_>, mount: &mut Mount<'_>) -> Result<()> {
    loop {
        if line.is_empty() {
            return Err(line.error("a dash after the optional fields"));
        }
        let mut tag = *line;
        match line.until(b' ') {
            b"-" => return Ok(()),
            b"unbindable" => mount.unbindable = true,
            _ if tag.skip(b"shared:") => mount.shared = Some(tag.dec("a peer group")?),
            _ if tag.skip(b"master:") => mount.master = Some(tag.dec("a peer group")?),
            _ if tag.skip(b"propagate_from:") => mount.propagate_from = Some(tag.dec("a peer group")?),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_propagated_mounts() {
        let text = b"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n\
            30 25 0:27 /a /mnt/x\\040y ro shared:5 master:3 propagate_from:2 new:7 unbindable - fuse.a\\134b  rw,a=b c\n";
        let mounts = parse(text).unwrap();
        assert_eq!((mounts[0].id, mounts[0].parent), (27, 1));
        assert_eq!(mounts[0].dev, Dev { major: 254, minor: 0 });
        assert_eq!(
            (&*mounts[0].fs_type, &*mounts[0].source),
            (&b"ext4"[..], &b"/dev/vda"[..])
        );
        assert_eq!((mounts[0].shared, mounts[0].unbindable), (None, false));
        let second = &mounts[1];
        assert_eq!((&*second.root, &*second.point), (&b"/a"[..], &b"/mnt/x y"[..]));
        assert_eq!(
            (second.shared, second.master, second.propagate_from),
            (Some(5), Some(3), Some(2))
        );
        assert!(second.unbindable);
        assert_eq!((&*second.fs_type, &*second.source), (&b"fuse.a\\b"[..], &b""[..]));
        assert_eq!(
            (second.options, second.super_options),
            (&b"ro"[..], &b"rw,a=b c"[..])
        );
    }

    #[test]
    fn roots_that_are_gone() {
        let mounts = parse(
            b"1 0 0:4 /a\\012b//deleted /x rw - tmpfs t rw\n2 1 0:4 mnt:[4026531832] /y rw - nsfs n rw\n",
        );
        let mounts = mounts.unwrap();
        assert_eq!((&*mounts[0].root, mounts[0].root_deleted), (&b"/a\nb"[..], true));
        assert_eq!(
            (&*mounts[1].root, mounts[1].root_deleted),
            (&b"mnt:[4026531832]"[..], false)
        );
    }

    #[test]
    fn a_line_without_its_end_is_an_error() {
        let error = parse(b"1 0 0:4 / / rw shared:1").unwrap_err();
        assert_eq!(error.expected, "a dash after the optional fields");
        assert!(parse(b"1 0 0:4 / / rw - ext4").is_err());
        assert!(parse(b"1 0 04 / / rw - ext4 a rw").is_err());
    }
}
