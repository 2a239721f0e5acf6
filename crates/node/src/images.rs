// SPDX-License-Identifier: GPL-2.0-only
use crate::error::Failure;
use crate::promise::promise;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use std::fs::File;
use std::os::fd::AsFd;

/// Name, bytes and CRC-32 (IEEE) of an image file.
#[napi(object)]
#[derive(Debug)]
pub struct FileSum {
    pub name: String,
    pub size: f64,
    pub crc: u32,
}

impl From<stasis_pages::FileSum> for FileSum {
    fn from(sum: stasis_pages::FileSum) -> Self {
        Self { name: sum.name, size: sum.size as f64, crc: sum.crc }
    }
}

/// An image file in memory.
#[napi(object)]
pub struct ImageBytes {
    pub name: String,
    pub bytes: Buffer,
    pub crc: u32,
}

impl std::fmt::Debug for ImageBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageBytes").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(crate) fn open_dir(path: &str) -> std::result::Result<File, Failure> {
    File::open(path).map_err(|error| Failure::host("open the image directory", path, &error))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Writes new files (0600) into `dir`.
#[napi(ts_return_type = "Promise<Array<FileSum>>")]
pub fn write_images(env: &Env, dir: String, names: Vec<String>, buffers: Vec<Uint8Array>) -> Result<Object<'_>> {
    let buffers: Vec<Vec<u8>> = buffers.iter().map(|buffer| buffer.to_vec()).collect();
    promise(env, move || {
        let files: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(buffers.iter().map(Vec::as_slice)).collect();
        let target = open_dir(&dir)?;
        let sums = stasis_pages::write_images(target.as_fd(), &files, threads())?;
        Ok(sums.into_iter().map(FileSum::from).collect::<Vec<_>>())
    })
}

/// Reads every file of `dir` but the pages.
#[napi(ts_return_type = "Promise<Array<ImageBytes>>")]
pub fn read_images(env: &Env, dir: String) -> Result<Object<'_>> {
    promise(env, move || {
        let source = open_dir(&dir)?;
        let files = stasis_pages::read_images(source.as_fd(), stasis_pages::is_pages_file, threads())?;
        Ok(files
            .into_iter()
            .map(|file| ImageBytes { name: file.name, bytes: Buffer::from(file.bytes), crc: file.crc })
            .collect::<Vec<_>>())
    })
}

/// Size and CRC-32 of a file, read with all CPUs.
#[napi(ts_return_type = "Promise<FileSum>")]
pub fn checksum_file(env: &Env, path: String) -> Result<Object<'_>> {
    promise(env, move || {
        let file = File::open(&path).map_err(|error| Failure::host("read the image", &path, &error))?;
        let (size, crc) = stasis_pages::checksum_file(file.as_fd(), threads())?;
        Ok(FileSum { name: path, size: size as f64, crc })
    })
}

/// Brings a deleted file's content back into the new file `target`.
#[napi(ts_return_type = "Promise<void>")]
#[allow(clippy::too_many_arguments, reason = "one call of JavaScript, each argument a plain value")]
pub fn load_ghost(
    env: &Env,
    dir: String,
    name: String,
    offset: f64,
    target: String,
    size: f64,
    chunks: bool,
    expected_crc: Option<u32>,
) -> Result<Object<'_>> {
    promise(env, move || {
        let source = open_dir(&dir)?;
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(&target)
            .map_err(|error| Failure::host("bring back the deleted file", &target, &error))?;
        stasis_pages::ghost_load(source.as_fd(), &name, offset as u64, file.as_fd(), size as u64, chunks, expected_crc)?;
        Ok(())
    })
}

/// Makes a finished directory durable and gives it its final name inside `parent`.
#[napi(ts_return_type = "Promise<void>")]
pub fn commit_directory(env: &Env, parent: String, temporary: String, destination: String) -> Result<Object<'_>> {
    promise(env, move || {
        let dir = open_dir(&parent)?;
        Ok(stasis_pages::sync_and_rename(dir.as_fd(), &temporary, &destination)?)
    })
}

/// Removes a directory inside `parent` with all that is in it.
#[napi(ts_return_type = "Promise<void>")]
pub fn remove_tree(env: &Env, parent: String, name: String) -> Result<Object<'_>> {
    promise(env, move || {
        let dir = open_dir(&parent)?;
        Ok(stasis_pages::remove_tree(dir.as_fd(), &name)?)
    })
}
