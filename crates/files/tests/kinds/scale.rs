// SPDX-License-Identifier: GPL-2.0-only
//! Many tasks, many descriptors. The times are printed (`cargo test -- --nocapture scale`); only orders of
//! magnitude are checked, for machines differ.

use crate::common::{Holder, alone, hold, look};
use rustix::event::{EventfdFlags, eventfd};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

#[test]
fn a_hundred_tasks_of_ten() {
    let _alone = alone();
    let files: Vec<File> = (0..10).map(|_| File::open("/dev/null").unwrap()).collect();
    let fds: Vec<i32> = files.iter().map(AsRawFd::as_raw_fd).collect();
    let holders: Vec<Holder> = (0..100).map(|_| hold(&fds)).collect();
    let holders: Vec<&Holder> = holders.iter().collect();
    let start = Instant::now();
    let facts = look(&holders);
    let took = start.elapsed();
    eprintln!("100 tasks with 10 descriptors each: {took:?}");
    assert_eq!(facts.descriptions.len(), 10);
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn ten_thousand_descriptors_of_which_none_are_alike() {
    let _alone = alone();
    let before = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: before.maximum,
            maximum: before.maximum,
        },
    )
    .unwrap();
    let most = before.maximum.unwrap_or(u64::MAX).min(10_100) as usize - 100;
    let counters: Vec<OwnedFd> = (0..most)
        .map(|n| eventfd(n as u32, EventfdFlags::CLOEXEC).unwrap())
        .collect();
    let holder = hold(&counters.iter().map(AsRawFd::as_raw_fd).collect::<Vec<_>>());
    let start = Instant::now();
    let facts = look(&[&holder]);
    let took = start.elapsed();
    eprintln!("{most} eventfds in one task: {took:?}");
    assert_eq!(facts.descriptions.len(), most);
    for (description, number) in facts.descriptions.iter().zip(0..) {
        assert_eq!(description.eventfd.as_ref().unwrap().count, number);
    }
    setrlimit(Resource::Nofile, before).unwrap();
    assert!(took < Duration::from_secs(60), "{took:?}");
}
