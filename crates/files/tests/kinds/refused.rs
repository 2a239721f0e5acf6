// SPDX-License-Identifier: GPL-2.0-only
//! Kinds that cannot be dumped are each named.
#![allow(unsafe_code)] // Safety: system calls that take numbers and live structs.

use crate::common::{Found, alone, hold, look, try_make};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};

fn socket(name: &str, domain: i32, kind: i32, protocol: i32) -> Option<OwnedFd> {
    // SAFETY: numbers only.
    try_make(
        name,
        i64::from(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol) }),
    )
}

fn call(name: &str, number: i64, arguments: [i64; 3]) -> Option<OwnedFd> {
    let [a, b, c] = arguments;
    // SAFETY: numbers, or the address of a live struct.
    try_make(name, unsafe { libc::syscall(number, a, b, c) })
}

#[test]
fn every_refused_kind_has_its_name() {
    let _alone = alone();
    let ring_parameters = [0u8; 120];
    let mut bpf_map = [0u32; 16];
    // BPF_MAP_TYPE_ARRAY with one entry of four bytes.
    bpf_map[..4].copy_from_slice(&[2, 4, 4, 1]);
    let made = [
        ("inotify", call("inotify", libc::SYS_inotify_init1, [0; 3])),
        ("fanotify", call("fanotify", libc::SYS_fanotify_init, [0; 3])),
        (
            "io_uring",
            call(
                "io_uring",
                libc::SYS_io_uring_setup,
                [1, ring_parameters.as_ptr() as i64, 0],
            ),
        ),
        ("userfaultfd", call("userfaultfd", libc::SYS_userfaultfd, [0; 3])),
        (
            "bpf",
            call("bpf", libc::SYS_bpf, [0, bpf_map.as_ptr() as i64, 64]),
        ),
        (
            "netlink socket",
            socket("netlink", libc::AF_NETLINK, libc::SOCK_RAW, 0),
        ),
        (
            "packet socket",
            socket("packet", libc::AF_PACKET, libc::SOCK_DGRAM, 0),
        ),
        (
            "vsock socket",
            socket("vsock", libc::AF_VSOCK, libc::SOCK_STREAM, 0),
        ),
        (
            "raw IP socket (protocol 1)",
            socket("raw", libc::AF_INET, libc::SOCK_RAW, 1),
        ),
        (
            "IP socket of protocol 1",
            socket("ping", libc::AF_INET, libc::SOCK_DGRAM, 1),
        ),
        (
            "kernel crypto socket (AF_ALG)",
            socket("alg", libc::AF_ALG, libc::SOCK_SEQPACKET, 0),
        ),
        (
            "net namespace",
            File::open("/proc/self/ns/net").ok().map(OwnedFd::from),
        ),
        (
            "mnt namespace",
            File::open("/proc/self/ns/mnt").ok().map(OwnedFd::from),
        ),
        ("kvm /dev/kvm", File::open("/dev/kvm").ok().map(OwnedFd::from)),
        (
            "tun device /dev/net/tun",
            File::open("/dev/net/tun").ok().map(OwnedFd::from),
        ),
        (
            "kernel log /dev/kmsg",
            File::open("/dev/kmsg").ok().map(OwnedFd::from),
        ),
    ];
    let made: Vec<(&str, OwnedFd)> = made
        .into_iter()
        .filter_map(|(name, fd)| Some((name, fd?)))
        .collect();
    assert!(made.len() >= 6, "{made:?}");
    let holder = hold(&made.iter().map(|(_, fd)| fd.as_raw_fd()).collect::<Vec<_>>());
    let facts = look(&[&holder]);
    for (name, fd) in &made {
        let object = format!("fd {}", fd.as_raw_fd());
        let refusal = facts
            .refusals
            .iter()
            .find(|r| r.object == object)
            .unwrap_or_else(|| panic!("{name} passed"));
        assert_eq!((refusal.kind.as_str(), refusal.comm.as_str()), (*name, "holder"));
        assert!(!refusal.cause.is_empty());
    }
    assert_eq!(facts.refusals.len(), made.len());
    assert_eq!(facts.kinds_refused().len(), made.len());
}
