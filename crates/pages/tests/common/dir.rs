// SPDX-License-Identifier: GPL-2.0-only
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
};

/// A directory that goes with the test.
pub(crate) struct TempDir {
    pub(crate) path: PathBuf,
    file: File,
}

impl TempDir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "stasis-pages-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        let file = File::open(&path).unwrap();
        Self { path, file }
    }

    /// A memory file system of its own, of so many bytes. `None`, with the reason printed, where it may not be made.
    #[allow(clippy::print_stdout, reason = "says why a test is skipped")]
    pub(crate) fn in_memory(bytes: u64) -> Option<Self> {
        match memory_file_system(bytes) {
            Ok(root) => Some(Self {
                path: format!("/proc/self/fd/{}", root.as_raw_fd()).into(),
                file: root.into(),
            }),
            Err(errno) => {
                println!("skipped: a tmpfs cannot be made here ({errno}), which needs CAP_SYS_ADMIN");
                None
            }
        }
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path.join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path.join(name), bytes).unwrap();
    }
}

/// Mounted nowhere: it ends with its descriptor.
fn memory_file_system(bytes: u64) -> rustix::io::Result<OwnedFd> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(context.as_fd(), "size", bytes.to_string())?;
    fsconfig_create(context.as_fd())?;
    fsmount(
        context.as_fd(),
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::empty(),
    )
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
