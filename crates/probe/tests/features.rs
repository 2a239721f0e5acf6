// SPDX-License-Identifier: GPL-2.0-only
//! The probes against what this kernel says of itself otherwise. A test that cannot run here says why.

use stasis_probe::{Availability, Feature, report};
use std::fs;
use std::process::Command;

/// Options of the running kernel, `CONFIG_X=y` or `=m` a line.
fn config() -> Option<String> {
    let output = Command::new("zcat").arg("/proc/config.gz").output().ok()?;
    if output.status.success() {
        return String::from_utf8(output.stdout).ok();
    }
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    fs::read_to_string(format!("/boot/config-{release}")).ok()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn status_field(name: &str) -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().to_owned()
}

#[test]
fn what_the_configuration_leaves_out_is_missing() {
    let Some(config) = config() else {
        eprintln!("skipped: neither /proc/config.gz nor /boot/config-RELEASE is there");
        return;
    };
    let on = |option: &str| {
        config
            .lines()
            .any(|l| l == format!("{option}=y") || l == format!("{option}=m"))
    };
    let pairs: [(Feature, &str); 6] = [
        (stasis_probe::kcmp(), "CONFIG_KCMP"),
        (stasis_probe::soft_dirty(), "CONFIG_MEM_SOFT_DIRTY"),
        (stasis_probe::anonymous_names(), "CONFIG_ANON_VMA_NAME"),
        (stasis_probe::mm_map(), "CONFIG_CHECKPOINT_RESTORE"),
        (stasis_probe::children(), "CONFIG_PROC_CHILDREN"),
        (stasis_probe::process_vm(), "CONFIG_CROSS_MEMORY_ATTACH"),
    ];
    for (feature, option) in pairs {
        assert_eq!(
            feature.available == Availability::Yes,
            on(option),
            "{option}: {feature:?}"
        );
    }
    for feature in stasis_probe::socket_diag() {
        let option = match feature.name {
            "sock_diag unix" => "CONFIG_UNIX_DIAG",
            "sock_diag TCP" | "sock_diag TCP v6" => "CONFIG_INET_TCP_DIAG",
            "sock_diag UDP" | "sock_diag UDP v6" => "CONFIG_INET_UDP_DIAG",
            "sock_diag packet" => "CONFIG_PACKET_DIAG",
            _ => "CONFIG_NETLINK_DIAG",
        };
        // A module may be configured but not installed, as in containers and some virtual machines.
        if !on(option) {
            assert_eq!(feature.available, Availability::No, "{option}: {feature:?}");
        }
    }
}

#[test]
fn capabilities_are_those_of_this_thread() {
    let effective = u64::from_str_radix(&status_field("CapEff"), 16).unwrap();
    let held = |name: &str| {
        let features = stasis_probe::capabilities();
        features.into_iter().find(|f| f.name == name).unwrap().available == Availability::Yes
    };
    assert_eq!(held("CAP_CHOWN"), effective & 1 != 0);
    assert_eq!(held("CAP_SYS_PTRACE"), effective >> 19 & 1 != 0);
    assert_eq!(held("CAP_SYS_RESOURCE"), effective >> 24 & 1 != 0);
    assert_eq!(held("CAP_CHECKPOINT_RESTORE"), effective >> 40 & 1 != 0);
}

/// All descriptors and children of this process; other tests run beside this one, so only what is ours is
/// compared.
#[test]
fn nothing_is_left_behind() {
    let inner = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "inner_nothing_is_left_behind",
            "--ignored",
            "--test-threads=1",
            "--nocapture",
        ])
        .output()
        .unwrap();
    assert!(
        inner.status.success(),
        "{}{}",
        text(&inner.stdout),
        text(&inner.stderr)
    );
}

#[test]
#[ignore = "run by nothing_is_left_behind in a process of its own"]
fn inner_nothing_is_left_behind() {
    let state = || {
        let fds = fs::read_dir("/proc/self/fd").unwrap().count();
        let children = fs::read_to_string("/proc/thread-self/children").unwrap();
        let named = fs::read_to_string("/proc/self/maps").unwrap();
        (
            fds,
            children,
            named.lines().filter(|l| l.ends_with(" 0 ")).count(),
            status_field("TracerPid"),
        )
    };
    report();
    let before = state();
    for _ in 0..5 {
        report();
    }
    let after = state();
    assert_eq!((before.0, &before.1, &before.3), (after.0, &after.1, &after.3));
    assert!(
        after.2 <= before.2 + 1,
        "anonymous mappings: {} before, {} after",
        before.2,
        after.2
    );
    assert_eq!(after.1, "");
}

#[test]
fn without_rights_the_reasons_are_rights() {
    if !is_root() {
        eprintln!("skipped: rights can be dropped by root only");
        return;
    }
    let program = std::env::temp_dir().join(format!("stasis-probe-test-{}", std::process::id()));
    // By another process: a child that another thread forks meanwhile would hold a file that we write, and nobody could
    // execute it.
    let copied = Command::new("cp")
        .arg(std::env::current_exe().unwrap())
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    let inner = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
        ])
        .arg(&program)
        .args(["--exact", "inner_without_rights", "--ignored", "--nocapture"])
        .output();
    fs::remove_file(&program).unwrap();
    let inner = inner.unwrap();
    assert!(
        inner.status.success(),
        "{}{}",
        text(&inner.stdout),
        text(&inner.stderr)
    );
}

#[test]
#[ignore = "run by without_rights_the_reasons_are_rights as another user"]
fn inner_without_rights() {
    for feature in [stasis_probe::set_tid(), stasis_probe::map_files()] {
        assert_eq!(feature.available, Availability::No, "{feature:?}");
        assert!(
            feature.detail.contains("needs CAP_CHECKPOINT_RESTORE"),
            "{feature:?}"
        );
    }
    assert!(
        stasis_probe::capabilities()
            .iter()
            .all(|f| f.available == Availability::No)
    );
    assert_eq!(stasis_probe::kcmp().available, Availability::Yes);
    assert_eq!(stasis_probe::process_vm().available, Availability::Yes);
    assert!(!report().ok);
}

#[test]
fn the_report_is_whole_and_required_features_lead() {
    let report = report();
    assert!(report.features.is_sorted_by_key(|f| !f.required));
    assert!(
        report
            .features
            .iter()
            .all(|f| !f.costs.is_empty() && !f.detail.is_empty())
    );
    let missing: Vec<_> = report
        .features
        .iter()
        .filter(|f| f.required && f.available == Availability::No)
        .map(|f| f.name)
        .collect();
    assert_eq!(report.ok, missing.is_empty(), "{missing:?}");
    assert_eq!(report.kernel, rustix::system::uname().release().to_string_lossy());
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["features"].as_array().unwrap().len(), report.features.len());
    assert!(["yes", "no", "unknown"].contains(&json["features"][0]["available"].as_str().unwrap()));
    assert_eq!(json["ok"], report.ok);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
