// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::images::open_dir;
use crate::promise::promise;
use napi::bindgen_prelude::{Buffer, Object};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_wire::Message;
use std::os::fd::AsFd;

/// Version of the native part. It must equal the package's: the two are built together.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// `stasis.facts.Host` of the running kernel, encoded.
#[napi]
pub fn host_facts() -> Result<Buffer> {
    let host = stasis_engine::host().map_err(|error| to_napi(&Failure::from(error)))?;
    Ok(Buffer::from(host.encode_to_vec()))
}

/// What this machine can do at best, in bytes per second.
#[napi(object)]
#[derive(Debug)]
pub struct MachineLimits {
    /// Copying memory that is in place already.
    pub memcpy: f64,
    /// Writing a new file in `dir` into the page cache.
    pub write: f64,
    /// Reading another process's memory.
    pub readv: f64,
}

/// Measures the machine's limits with buffers of `bytes` and that many threads.
#[napi(ts_return_type = "Promise<MachineLimits>")]
pub fn machine_limits(env: &Env, dir: String, bytes: f64, threads: u32) -> Result<Object<'_>> {
    promise(env, move || {
        let (bytes, threads) = (bytes as usize, threads as usize);
        let target = open_dir(&dir)?;
        Ok(MachineLimits {
            memcpy: stasis_pages::limits::memcpy_rate(bytes, threads)?,
            write: stasis_pages::limits::write_rate(target.as_fd(), bytes, threads)?,
            readv: stasis_pages::limits::readv_rate(bytes, threads)?,
        })
    })
}
