// SPDX-License-Identifier: GPL-2.0-only
//! Messages that cross from the native side: the facts about a frozen tree (`proto/stasis/facts.proto`) and
//! the register messages of CRIU's format (`proto/criu/core-*.proto`), which are filled while a task is
//! stopped and carried through to the image unchanged.
//!
//! `bytes` fields are plain `Vec<u8>`. Encode with [`prost::Message::encode_to_vec`].

pub use prost::Message;

/// `proto/stasis/facts.proto`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod facts {
    include!(concat!(env!("OUT_DIR"), "/facts/messages.rs"));
}

/// `proto/criu/core-x86.proto`: registers of an x86 thread.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod core_x86 {
    include!(concat!(env!("OUT_DIR"), "/core_x86/messages.rs"));

    /// What is enough of a `ThreadInfoX86` where the whole XSAVE area is there: `fpregs` says the same in hundreds of
    /// numbers, which take most of the time to decode.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct ThreadInfoBrief {
        #[prost(message, required, tag = "2")]
        pub gpregs: UserX86RegsEntry,
        #[prost(bytes = "vec", optional, tag = "1000")]
        pub xsave: Option<Vec<u8>>,
    }
}

/// `proto/criu/core-aarch64.proto`: registers of an arm64 thread.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod core_aarch64 {
    include!(concat!(env!("OUT_DIR"), "/core_aarch64/messages.rs"));
}

#[cfg(test)]
mod tests;
