// SPDX-License-Identifier: GPL-2.0-only
use std::fmt;

/// A device number, in whatever encoding it was printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dev {
    /// Major number, 12 bits.
    pub major: u32,
    /// Minor number, 20 bits.
    pub minor: u32,
}

impl Dev {
    /// The kernel's own `dev_t` (`MKDEV` in `include/linux/kdev_t.h`: 12 bits of major above 20 of minor),
    /// which the fdinfo of epoll, inotify and fanotify prints raw as `sdev`.
    pub const fn from_kernel(raw: u32) -> Self {
        Self {
            major: raw >> 20,
            minor: raw & 0xf_ffff,
        }
    }

    /// `new_encode_dev` of `include/linux/kdev_t.h`: `tty_nr` of `/proc/PID/stat`, and `st_dev` of `stat(2)`
    /// while the major fits 12 bits.
    pub const fn from_user(raw: u32) -> Self {
        Self {
            major: (raw & 0xf_ff00) >> 8,
            minor: (raw & 0xff) | ((raw >> 12) & 0xf_ff00),
        }
    }

    /// The value `st_dev` has for this device.
    pub const fn to_user(self) -> u64 {
        let (major, minor) = (self.major as u64, self.minor as u64);
        (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xf_ff00) << 12
    }
}

impl fmt::Display for Dev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_agree() {
        let ext4 = Dev {
            major: 0xfe,
            minor: 0,
        };
        assert_eq!(Dev::from_kernel(0xfe0_0000), ext4);
        assert_eq!(Dev::from_user(0xfe00), ext4);
        let pts = Dev {
            major: 136,
            minor: 0x1_2345,
        };
        assert_eq!(Dev::from_user(pts.to_user() as u32), pts);
        assert_eq!(pts.to_string(), "136:74565");
    }
}
