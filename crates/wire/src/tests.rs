// SPDX-License-Identifier: GPL-2.0-only
use crate::core_aarch64::{ThreadInfoAarch64, UserAarch64RegsEntry};
use crate::core_x86::{ThreadInfoX86, UserX86FpregsEntry, UserX86RegsEntry};
use crate::facts::description::Kind;
use crate::{Message, facts};

/// Field numbers are the contract with CRIU: checked on bytes, not through the generated code alone.
#[test]
fn registers_have_the_numbers_of_the_wire_format() {
    let info = ThreadInfoX86 {
        clear_tid_addr: 0x10,
        gpregs: UserX86RegsEntry {
            ss: 0x2b,
            ..Default::default()
        },
        fpregs: UserX86FpregsEntry {
            mxcsr: 0x1f80,
            ..Default::default()
        },
        tls: Vec::new(),
        xsave: Some(vec![7; 3]),
    };
    let bytes = info.encode_to_vec();
    assert_eq!(bytes[..3], [1 << 3, 0x10, (2 << 3) | 2]);
    // `ss` is field 21: key 0xa8 0x01.
    assert!(bytes.windows(3).any(|w| w == [0xa8, 0x01, 0x2b]));
    // `xsave` is field 1000, length-delimited: key (1000 << 3 | 2) as a varint.
    assert!(bytes.ends_with(&[0xc2, 0x3e, 3, 7, 7, 7]));
    assert_eq!(ThreadInfoX86::decode(bytes.as_slice()).unwrap(), info);
}

#[test]
fn registers_of_arm64_have_the_numbers_of_the_wire_format() {
    let info = ThreadInfoAarch64 {
        clear_tid_addr: 0x10,
        tls: 0x20,
        gpregs: UserAarch64RegsEntry {
            regs: vec![1; 31],
            ..Default::default()
        },
        fpsimd: Default::default(),
        pac_keys: None,
        sve: Some(vec![7; 3]),
        tagged_addr_ctrl: None,
        tpidr2: None,
    };
    let bytes = info.encode_to_vec();
    assert_eq!(bytes[..4], [1 << 3, 0x10, 2 << 3, 0x20]);
    // Not packed, as CRIU has them.
    assert!(bytes.windows(4).any(|w| w == [1 << 3, 1, 1 << 3, 1]));
    // `sve` is field 1550, length-delimited: key (1550 << 3 | 2) as a varint.
    assert!(bytes.ends_with(&[0xf2, 0x60, 3, 7, 7, 7]));
    assert_eq!(ThreadInfoAarch64::decode(bytes.as_slice()).unwrap(), info);
}

#[test]
fn facts_round_trip() {
    let survey = facts::Survey {
        descriptions: vec![facts::Description {
            id: 1,
            kind: Some(Kind::Pipe(facts::Pipe {
                id: 9,
                data: b"abc".to_vec(),
                packets: vec![1, 2],
                ..Default::default()
            })),
            ..Default::default()
        }],
        ..Default::default()
    };
    let again = facts::Survey::decode(survey.encode_to_vec().as_slice()).unwrap();
    assert_eq!(again, survey);
}
