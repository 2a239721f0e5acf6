// SPDX-License-Identifier: GPL-2.0-only
//! SVE, SME and MTE (`Documentation/arch/arm64/{sve,sme,memory-tagging-extension}.rst`).

use crate::feature::{Feature, Lack};
use crate::sys::files::text;

pub(super) fn extended_registers() -> Vec<Feature> {
    let found = |there: bool, detail: String| {
        if there {
            Ok(detail)
        } else {
            Err(Lack::missing("not in this CPU"))
        }
    };
    let length = text("/proc/sys/abi/sve_default_vector_length").unwrap_or_default();
    let sve = found(
        std::arch::is_aarch64_feature_detected!("sve"),
        format!("vectors of {} bytes", length.trim()),
    );
    let mte = found(
        std::arch::is_aarch64_feature_detected!("mte"),
        "memory tags".to_owned(),
    );
    vec![
        Feature::optional("SVE", "images with SVE registers are refused", sve),
        Feature::optional("MTE", "images with tagged memory are refused", mte),
    ]
}
