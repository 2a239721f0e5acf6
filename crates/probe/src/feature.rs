// SPDX-License-Identifier: GPL-2.0-only
use serde::Serialize;

/// Whether a feature is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// Tried, and it worked.
    Yes,
    /// Tried, and it did not.
    No,
    /// It could not be tried; the detail says why.
    Unknown,
}

/// One feature, as `stasis check` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Name as the kernel's documentation has it: `PAGEMAP_SCAN`.
    pub name: &'static str,
    /// Whether it is there.
    pub available: Availability,
    /// What was found, or why it is not there.
    pub detail: String,
    /// What the lack of it costs.
    pub costs: &'static str,
    /// Nothing can be dumped, or nothing restored, without it.
    pub required: bool,
}

/// What a probe found: the detail either way.
pub(crate) type Found = Result<String, Lack>;

/// Why a feature is not there, or not known to be.
#[derive(Debug)]
pub(crate) enum Lack {
    Missing(String),
    Untried(String),
}

impl Lack {
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Lack::Missing(detail.into())
    }

    pub(crate) fn untried(detail: impl Into<String>) -> Self {
        Lack::Untried(detail.into())
    }

    /// A call that failed where it should not: `call: No such file or directory`.
    pub(crate) fn from_errno(call: &str, errno: rustix::io::Errno) -> Self {
        Lack::Missing(format!("{call}: {}", text_of(errno)))
    }

    /// What had to be prepared for the probe failed, which says nothing about the feature.
    pub(crate) fn prepare(call: &str) -> impl Fn(rustix::io::Errno) -> Self {
        move |errno| Lack::Untried(format!("{call}: {}", text_of(errno)))
    }
}

/// The C library's words without the number that the standard library adds.
fn text_of(errno: rustix::io::Errno) -> String {
    let text = errno.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

impl Feature {
    /// A feature without which some things are slower, or some states are refused.
    pub(crate) fn optional(name: &'static str, costs: &'static str, found: Found) -> Self {
        let (available, detail) = match found {
            Ok(detail) => (Availability::Yes, detail),
            Err(Lack::Missing(detail)) => (Availability::No, detail),
            Err(Lack::Untried(detail)) => (Availability::Unknown, detail),
        };
        Self {
            name,
            available,
            detail,
            costs,
            required: false,
        }
    }

    /// A feature without which there is no dump, or no restore, at all.
    pub(crate) fn required(name: &'static str, costs: &'static str, found: Found) -> Self {
        Self {
            required: true,
            ..Self::optional(name, costs, found)
        }
    }
}
