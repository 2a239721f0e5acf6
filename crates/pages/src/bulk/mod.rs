// SPDX-License-Identifier: GPL-2.0-only
//! Directories of images: thousands of small files and a few large ones.

mod checksum;
mod commit;
mod read;
mod remove;
mod write;

pub use checksum::checksum_file;
pub use commit::{sync_and_rename, sync_directory};
pub(crate) use read::open;
pub use read::{ImageFile, is_pages_file, read_images};
pub use remove::remove_tree;
pub use write::{FileSum, write_images};
pub(crate) use write::{create, write_image};
