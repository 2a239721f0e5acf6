// SPDX-License-Identifier: GPL-2.0-only
use crate::feature::{Feature, Lack};
use crate::sys::files::{has_filesystem, text};
use std::path::Path;

/// Android's binder: its device, or binderfs (5.0).
pub fn binder() -> Feature {
    let devices = [
        "/dev/binder",
        "/dev/binderfs/binder",
        "/dev/binderfs/binder-control",
    ];
    let found = match devices.iter().find(|path| Path::new(path).exists()) {
        Some(path) => Ok((*path).to_owned()),
        None if has_filesystem("binder") => Ok("binderfs, not mounted".to_owned()),
        None => Err(Lack::missing(
            "no device, no binderfs (a module may not be loaded)",
        )),
    };
    Feature::optional(
        "binder",
        "Android systems cannot run here, nor be restored",
        found,
    )
}

/// `configfs` (`Documentation/filesystems/configfs.rst`): USB gadgets are configured there.
pub fn configfs() -> Feature {
    let found = match (
        has_filesystem("configfs"),
        Path::new("/sys/kernel/config/usb_gadget").exists(),
    ) {
        (true, true) => Ok("with USB gadgets".to_owned()),
        (true, false) => Ok("without USB gadgets, or not mounted".to_owned()),
        (false, _) => Err(Lack::missing(
            "not in /proc/filesystems (a module may not be loaded)",
        )),
    };
    Feature::optional(
        "configfs",
        "USB gadgets of Android systems cannot be restored",
        found,
    )
}

/// A framebuffer device (`Documentation/fb/framebuffer.rst`).
pub fn framebuffer() -> Feature {
    let list = text("/proc/fb").unwrap_or_default();
    let found = match list.lines().next() {
        Some(first) => Ok(format!("fb{first}")),
        None => Err(Lack::missing("/proc/fb lists none")),
    };
    Feature::optional(
        "framebuffer",
        "screens of Android systems cannot be shown or restored",
        found,
    )
}
