// SPDX-License-Identifier: GPL-2.0-only
use super::*;

const TEXT: &str = "\
Name:\ta) R (\\n\\\\x: y
Umask:\t0022
State:\tt (tracing stop)
Tgid:\t70
Ngid:\t0
Pid:\t71
PPid:\t0
TracerPid:\t9
Uid:\t0\t1\t2\t4294967295
Gid:\t4\t5\t6\t7
FDSize:\t256
Groups:\t4 20 65534 
NStgid:\t70\t1
NSpid:\t71\t2
NSpgid:\t70\t0
NSsid:\t7\t0
Kthread:\t0
VmSize:\t    3060 kB
VmLck:\t       8 kB
VmRSS:\t    1616 kB
VmSwap:\t       4 kB
CoreDumping:\t0
THP_enabled:\t1
Threads:\t12
SigQ:\t3/96365
SigPnd:\t0000000000000001
ShdPnd:\t8000000000000000
SigBlk:\t0000000000010000
SigIgn:\t0000000000001000
SigCgt:\t0000000180004002
CapInh:\t0000000000000000
CapPrm:\t000001fffeffffff
CapEff:\t000001fffeffffff
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000400
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t3
Cpus_allowed:\t3
";

#[test]
fn every_line_that_is_read() {
    let status = parse(TEXT.as_bytes()).unwrap();
    let expected = Status {
        name: b"a) R (\n\\x: y".to_vec(),
        umask: Some(0o22),
        state: Some(State::Tracing),
        tgid: 70,
        pid: 71,
        ppid: 0,
        tracer: 9,
        uid: Ids {
            real: 0,
            effective: 1,
            saved: 2,
            fs: u32::MAX,
        },
        gid: Ids {
            real: 4,
            effective: 5,
            saved: 6,
            fs: 7,
        },
        groups: vec![4, 20, 65534],
        ns_tgid: vec![70, 1],
        ns_pid: vec![71, 2],
        ns_pgid: vec![70, 0],
        ns_sid: vec![7, 0],
        kthread: Some(false),
        vm_size: Some(3060 << 10),
        vm_locked: Some(8 << 10),
        vm_rss: Some(1616 << 10),
        vm_swap: Some(4 << 10),
        core_dumping: Some(false),
        thp_enabled: Some(true),
        threads: 12,
        signals: Signals {
            pending: 1,
            shared_pending: 1 << 63,
            blocked: 1 << 16,
            ignored: 1 << 12,
            caught: 0x1_8000_4002,
        },
        caps: Caps {
            inheritable: 0,
            permitted: 0x1ff_feff_ffff,
            effective: 0x1ff_feff_ffff,
            bounding: 0x1ff_ffff_ffff,
            ambient: 0x400,
        },
        no_new_privs: Some(true),
        seccomp: Some(2),
        seccomp_filters: Some(3),
    };
    assert_eq!(status, expected);
}

#[test]
fn a_zombie_has_no_umask_and_no_memory() {
    let text: String = TEXT
        .lines()
        .filter(|l| !l.starts_with("Vm") && !l.starts_with("Umask"))
        .fold(String::new(), |text, line| text + line + "\n");
    let status = parse(text.replace("Groups:\t4 20 65534 ", "Groups:\t ").as_bytes()).unwrap();
    assert_eq!(
        (status.umask, status.vm_size, status.vm_locked),
        (None, None, None)
    );
    assert_eq!(status.groups, []);
}

#[test]
fn names_with_escapes_at_the_end() {
    for (printed, plain) in [
        ("\\", "\\"),
        ("\\\\n", "\\n"),
        ("a\\t", "a\\t"),
        ("", ""),
        (" x ", " x "),
    ] {
        let text = TEXT.replacen("a) R (\\n\\\\x: y", printed, 1);
        assert_eq!(parse(text.as_bytes()).unwrap().name, plain.as_bytes());
    }
}

#[test]
fn what_is_cut_short_is_an_error() {
    let cut = TEXT.find("CapBnd").unwrap();
    let error = parse(&TEXT.as_bytes()[..cut]).unwrap_err();
    assert_eq!((error.line, error.expected), (34, "the line CapBnd"));
    assert_eq!(parse(b"").unwrap_err().expected, "the line Pid");
    let error = parse(TEXT.replace("\t5\t6", "").as_bytes()).unwrap_err();
    assert_eq!((error.line, error.expected), (10, "four numeric ids"));
}
