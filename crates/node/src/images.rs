// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, writing};
use crate::promise::promise;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_pages::Chunks;
use std::fs::File;
use std::os::fd::AsFd;

/// Name, bytes and CRC-32 (IEEE) of an image file.
#[napi(object)]
#[derive(Debug)]
pub struct FileSum {
    pub name: String,
    pub size: f64,
    pub crc32: u32,
    /// Of files of raw pages.
    pub chunks: Option<FileChunks>,
}

/// CRC-32 (IEEE) of chunks of a file, each by itself.
#[napi(object)]
#[derive(Debug, Clone)]
pub struct FileChunks {
    /// Bytes of each; the last may have less.
    pub size: f64,
    pub sums: Vec<u32>,
}

impl From<Chunks> for FileChunks {
    fn from(Chunks { size, crcs }: Chunks) -> Self {
        Self {
            size: size as f64,
            sums: crcs,
        }
    }
}

impl From<FileChunks> for Chunks {
    fn from(FileChunks { size, sums }: FileChunks) -> Self {
        Self {
            size: size as u64,
            crcs: sums,
        }
    }
}

impl From<stasis_pages::FileSum> for FileSum {
    fn from(sum: stasis_pages::FileSum) -> Self {
        Self {
            name: sum.name,
            size: sum.size as f64,
            crc32: sum.crc,
            chunks: None,
        }
    }
}

/// Image files in memory, position by position.
#[napi(object)]
pub struct ImageFiles {
    pub names: Vec<String>,
    pub buffers: Vec<Buffer>,
    pub crc32s: Vec<u32>,
    pub uids: Vec<u32>,
    /// `st_mode`.
    pub modes: Vec<u32>,
    /// Names of the regular files that were left out.
    pub unread: Vec<String>,
}

impl std::fmt::Debug for ImageFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageFiles")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

pub(crate) fn open_dir(path: &str) -> std::result::Result<File, Failure> {
    File::open(path).map_err(|error| Failure::host("open the image directory", "open", path, &error))
}

/// As many as there are CPUs.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Writes new files (0600) into `dir`.
#[napi(ts_return_type = "Promise<Array<FileSum>>")]
pub fn write_images(
    env: &Env,
    dir: String,
    names: Vec<String>,
    buffers: Vec<Uint8Array>,
) -> Result<Object<'_>> {
    let buffers: Vec<Vec<u8>> = buffers.iter().map(|buffer| buffer.to_vec()).collect();
    promise(env, "images.write", move || {
        let files: Vec<(&str, &[u8])> = names
            .iter()
            .map(String::as_str)
            .zip(buffers.iter().map(Vec::as_slice))
            .collect();
        let target = open_dir(&dir)?;
        let sums = stasis_pages::write_images(target.as_fd(), &files, threads()).map_err(writing)?;
        Ok(sums.into_iter().map(FileSum::from).collect::<Vec<_>>())
    })
}

/// Reads every file of `dir` but those that may be as large as memory or any file: pages and deleted files.
#[napi(ts_return_type = "Promise<ImageFiles>")]
pub fn read_images(env: &Env, dir: String) -> Result<Object<'_>> {
    promise(env, "images.read", move || {
        let source = open_dir(&dir).map_err(|failure| failure.of_kind("image"))?;
        let files = stasis_pages::read_images(source.as_fd(), is_raw_pages, threads())?;
        let mut all = ImageFiles {
            names: Vec::new(),
            buffers: Vec::new(),
            crc32s: Vec::new(),
            uids: Vec::new(),
            modes: Vec::new(),
            unread: Vec::new(),
        };
        for file in files {
            if is_raw_pages(&file.name) {
                all.unread.push(file.name);
                continue;
            }
            all.names.push(file.name);
            all.buffers.push(Buffer::from(file.bytes));
            all.crc32s.push(file.crc);
            all.uids.push(file.uid);
            all.modes.push(file.mode);
        }
        Ok(all)
    })
}

/// Their bytes never become buffers: pages have no head to decode, and of deleted files the caller reads it.
fn is_raw_pages(name: &str) -> bool {
    name.starts_with("pages-") || name.starts_with("ghost-file-")
}

/// Size and CRC-32 of a file, read with all CPUs.
#[napi(ts_return_type = "Promise<FileSum>")]
pub fn checksum_file(env: &Env, path: String) -> Result<Object<'_>> {
    promise(env, "images.checksum", move || {
        let file =
            File::open(&path).map_err(|error| Failure::host("read the image", "open", &path, &error))?;
        let (size, crc) = stasis_pages::checksum_file(file.as_fd(), &path, threads())?;
        Ok(FileSum {
            name: path,
            size: size as f64,
            crc32: crc,
            chunks: None,
        })
    })
}

/// Makes a finished directory durable and gives it its final name beside it. `to` must not exist, or be empty.
#[napi(ts_return_type = "Promise<void>")]
pub fn commit_directory(
    env: &Env,
    from: String,
    to: String,
    names: Vec<String>,
    sizes: Vec<f64>,
) -> Result<Object<'_>> {
    let expected: Vec<(String, u64)> = names
        .into_iter()
        .zip(sizes)
        .map(|(name, size)| (name, size as u64))
        .collect();
    promise(env, "images.commit", move || {
        let (parent, temporary) = split(&from)?;
        let (_, last) = split(&to)?;
        // An empty directory may stand there already, as CRIU's users make one beforehand.
        let was_there = std::fs::remove_dir(&to).is_ok();
        stasis_pages::sync_and_rename(parent.as_fd(), &temporary, &last, &expected).map_err(|error| {
            if was_there {
                let _ = std::fs::create_dir(&to);
            }
            writing(error)
        })
    })
}

/// Brings all files of a directory to the disk, so that [`commit_directory`] finds little left to write.
#[napi(ts_return_type = "Promise<void>")]
pub fn sync_directory(env: &Env, path: String) -> Result<Object<'_>> {
    promise(env, "images.sync", move || {
        let (parent, name) = split(&path)?;
        stasis_pages::sync_directory(parent.as_fd(), &name).map_err(writing)
    })
}

/// Removes a directory with all that is in it.
#[napi(ts_return_type = "Promise<void>")]
pub fn remove_tree(env: &Env, path: String) -> Result<Object<'_>> {
    promise(env, "images.remove", move || {
        let (parent, name) = split(&path)?;
        Ok(stasis_pages::remove_tree(parent.as_fd(), &name)?)
    })
}

/// The directory that a path is in, opened, and its last component.
fn split(path: &str) -> std::result::Result<(File, String), Failure> {
    let whole = std::path::Path::new(path);
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    let (Some(parent), Some(name)) = (whole.parent(), name) else {
        let error = std::io::Error::from_raw_os_error(22);
        return Err(Failure::host("open the image directory", "", path, &error));
    };
    let parent = parent.to_string_lossy();
    Ok((open_dir(if parent.is_empty() { "." } else { &parent })?, name))
}
