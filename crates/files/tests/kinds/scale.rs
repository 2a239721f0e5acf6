// SPDX-License-Identifier: GPL-2.0-only
//! Many tasks, many descriptors. The times are printed (`cargo test -- --nocapture scale`); only orders of
//! magnitude are checked, for machines differ.

use crate::common::{Holder, OfKind, alone, hold, look};
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::fcntl_dupfd_cloexec;
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
        assert_eq!(description.eventfd().unwrap().count, number);
    }
    setrlimit(Resource::Nofile, before).unwrap();
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn an_epoll_over_three_thousand_eventfds_of_which_half_are_elsewhere_by_now() {
    const COUNT: u64 = 3000;
    const ELSEWHERE: i32 = 5000;
    let _alone = alone();
    let before = getrlimit(Resource::Nofile);
    // Where no init has set limits, the kernel's is 4096.
    let most = before.maximum.map(|most| most.max(ELSEWHERE as u64 + COUNT));
    if let Err(error) = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: most,
            maximum: most,
        },
    ) {
        eprintln!("skipped: descriptors beyond {most:?} need CAP_SYS_RESOURCE: {error}");
        return;
    }
    let watching = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let mut counters: Vec<OwnedFd> = (0..COUNT)
        .map(|n| eventfd(n as u32, EventfdFlags::CLOEXEC).unwrap())
        .collect();
    for (counter, n) in counters.iter().zip(0..) {
        epoll::add(
            &watching,
            counter,
            epoll::EventData::new_u64(n),
            epoll::EventFlags::IN,
        )
        .unwrap();
    }
    // The lower half goes to higher numbers, and the next one's numbers to nobody: the other half stays.
    for counter in counters.iter_mut().take(COUNT as usize / 2) {
        *counter = fcntl_dupfd_cloexec(&*counter, ELSEWHERE).unwrap();
    }
    let mut fds: Vec<i32> = counters.iter().map(AsRawFd::as_raw_fd).collect();
    fds.push(watching.as_raw_fd());
    let holder = hold(&fds);
    let start = Instant::now();
    let facts = look(&[&holder]);
    let took = start.elapsed();
    eprintln!("an epoll over {COUNT} eventfds: {took:?}");
    let counts: std::collections::HashMap<u32, u64> = facts
        .descriptions
        .iter()
        .filter_map(|found| Some((found.id, found.eventfd()?.count)))
        .collect();
    let targets = &facts
        .descriptions
        .iter()
        .find_map(|found| found.epoll())
        .unwrap()
        .targets;
    assert_eq!(targets.len() as u64, COUNT);
    for target in targets {
        assert_eq!(counts[&target.description], target.data);
    }
    setrlimit(Resource::Nofile, before).unwrap();
    assert!(took < Duration::from_secs(20), "{took:?}");
}
