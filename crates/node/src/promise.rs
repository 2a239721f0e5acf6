// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::workers;
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Result};

/// Runs `work` on a thread of ours and gives JavaScript a promise of its result. A panic becomes a failure.
///
/// Not on libuv's pool: its four threads would be taken by waits (for a barrier, for a restored tree to end),
/// and how many page pipes run at once is the queue's decision in TypeScript, not the pool's.
pub(crate) fn promise<'env, T, F>(env: &'env Env, step: &'static str, work: F) -> Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: FnOnce() -> std::result::Result<T, Failure> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred::<T, Box<dyn FnOnce(Env) -> Result<T>>>()?;
    let job = move || {
        let result = stasis_fault::caught(|| {
            fault(step)?;
            let value = work()?;
            fault(&format!("{step}.done"))?;
            Ok(value)
        });
        match result.unwrap_or_else(|text| Err(Failure::panicked(step, text))) {
            Ok(value) => deferred.resolve(Box::new(move |_| Ok(value))),
            Err(failure) => deferred.reject(to_napi(&failure)),
        }
    };
    workers::run(Box::new(job))
        .map_err(|error| to_napi(&Failure::host("start a thread", "clone", "", &error)))?;
    Ok(promise)
}

fn fault(step: &str) -> std::result::Result<(), Failure> {
    stasis_fault::at(step).map_err(|error| Failure::host(step, "fault", "", &error))
}
