// SPDX-License-Identifier: GPL-2.0-only
//! The embedded code, and the build check that lets it in.
#![allow(clippy::print_stdout, reason = "says the size")]

/// The tables of the interpreter, which is not a crate of this workspace.
#[allow(unreachable_pub, reason = "public where it belongs")]
#[path = "../../blob/src/arch/aarch64/numbers.rs"]
mod aarch64;
#[path = "../build/verify.rs"]
mod verify;
#[allow(unreachable_pub, reason = "public where it belongs")]
#[path = "../../blob/src/arch/x86_64/numbers.rs"]
mod x86_64;

use stasis_abi::Sys;

#[test]
fn the_interpreter_is_small() {
    let size = stasis_arena::blob().len();
    println!(
        "interpreter: {size} bytes, seed: {} bytes",
        stasis_arena::seed().len()
    );
    assert!((1..=64 * 1024).contains(&size));
}

#[test]
fn what_must_not_be_is_refused() {
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(
        verify::blob(&own).unwrap_err().contains("relocations"),
        "a program of the host"
    );
    assert!(verify::seed(&own).is_err());
    assert!(verify::blob(b"no program").is_err());

    let seed = stasis_arena::seed();
    verify::seed(seed).unwrap();
    assert!(
        verify::blob(seed).unwrap_err().contains("section"),
        "not in one piece"
    );
    // The first program header's flags, all set.
    let mut writable = seed.to_vec();
    writable[64 + 4] |= 7;
    assert!(
        verify::seed(&writable)
            .unwrap_err()
            .contains("writable and executable")
    );
}

#[test]
fn numbers_are_the_kernels() {
    use syscalls::{aarch64::Sysno as Arm, x86_64::Sysno as Intel};
    for call in Sys::ALL {
        let name = call.name();
        let intel: Intel = name.parse().expect(name);
        assert_eq!(i32::from(x86_64::number(*call)), intel.id(), "{name}");
        // The generic table knows it by its older name.
        match name
            .parse::<Arm>()
            .or_else(|_| name.trim_start_matches("new").parse())
        {
            Ok(arm) => assert_eq!(i32::from(aarch64::number(*call)), arm.id(), "{name}"),
            Err(_) => {
                assert!(["arch_prctl", "modify_ldt"].contains(&name), "{name}");
                assert_eq!(aarch64::number(*call), u16::MAX, "{name}");
            }
        }
    }
}
