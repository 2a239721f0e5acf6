// SPDX-License-Identifier: GPL-2.0-only
//! Prints the report: `cargo run -p stasis-probe --example report [-- --json]`.

use std::process::ExitCode;

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn main() -> ExitCode {
    let report = stasis_probe::report();
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", report.to_json());
    } else {
        for feature in &report.features {
            let mark = if feature.required { '*' } else { ' ' };
            let there = format!("{:?}", feature.available);
            println!(
                "{mark} {:<30} {there:<8} {:<50} {}",
                feature.name, feature.detail, feature.costs
            );
        }
    }
    if report.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
