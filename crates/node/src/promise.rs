// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::workers;
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Result};

/// Runs `work` on a thread of ours and gives JavaScript a promise of its result.
///
/// Not on libuv's pool: its four threads would be taken by waits (for a barrier, for a restored tree to end),
/// and how many page pipes run at once is the queue's decision in TypeScript, not the pool's.
pub(crate) fn promise<'env, T, F>(env: &'env Env, work: F) -> Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: FnOnce() -> std::result::Result<T, Failure> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred::<T, Box<dyn FnOnce(Env) -> Result<T>>>()?;
    workers::run(Box::new(move || match work() {
        Ok(value) => deferred.resolve(Box::new(move |_| Ok(value))),
        Err(failure) => deferred.reject(to_napi(&failure)),
    }))
    .map_err(|error| napi::Error::from_reason(format!("cannot start a thread: {error}")))?;
    Ok(promise)
}
