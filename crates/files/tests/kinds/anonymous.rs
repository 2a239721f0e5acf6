// SPDX-License-Identifier: GPL-2.0-only
//! eventfd, timerfd, signalfd, epoll, memfd.
#![allow(unsafe_code)] // Safety: system calls that take numbers and live structs.

use crate::common::{EVERYTHING, Found, OfKind, alone, hold, kind, look, made};
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use stasis_files::{Objects, survey};
use std::os::fd::{AsRawFd, OwnedFd};

#[test]
fn counters_timers_and_signals() {
    let _alone = alone();
    let plain = eventfd(7, EventfdFlags::CLOEXEC).unwrap();
    let semaphore = eventfd(3, EventfdFlags::SEMAPHORE | EventfdFlags::NONBLOCK).unwrap();
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::empty()).unwrap();
    let seconds = |tv_sec| Timespec { tv_sec, tv_nsec: 5 };
    let setting = Itimerspec {
        it_value: seconds(1000),
        it_interval: seconds(30),
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &setting).unwrap();
    let mask: u64 = 1 << (libc::SIGUSR1 - 1) | 1 << (40 - 1);
    // SAFETY: the kernel reads eight bytes of a live mask.
    let signals = made(unsafe { libc::syscall(libc::SYS_signalfd4, -1, &raw const mask, 8, 0) });
    let holder = hold(&[&plain, &semaphore, &timer, &signals].map(AsRawFd::as_raw_fd));
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let found = facts.at(&holder, &plain);
    assert_eq!(
        (kind(found).as_str(), found.eventfd().unwrap().count),
        ("Eventfd", 7)
    );
    let found = facts.at(&holder, &semaphore).eventfd().unwrap();
    // 6.1 does not print which it is.
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", semaphore.as_raw_fd())).unwrap();
    assert_eq!(
        (found.count, found.semaphore),
        (3, text.contains("eventfd-semaphore"))
    );
    let found = facts.at(&holder, &timer).timerfd().unwrap();
    assert_eq!(
        (found.clock, found.interval_sec, found.interval_nsec, found.ticks),
        (1, 30, 5, 0)
    );
    assert!((900..=1000).contains(&found.value_sec), "{}", found.value_sec);
    let found = facts.at(&holder, &signals);
    assert_eq!(
        (kind(found).as_str(), found.signalfd().unwrap().mask),
        ("Signalfd", mask)
    );
}

#[test]
fn expirations_nobody_has_looked_at_are_counted_once() {
    let _alone = alone();
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK).unwrap();
    let interval = Timespec {
        tv_sec: 0,
        tv_nsec: 10_000_000,
    };
    let setting = Itimerspec {
        it_value: interval,
        it_interval: interval,
    };
    let start = std::time::Instant::now();
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &setting).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(105));
    let holder = hold(&[timer.as_raw_fd()]);
    let facts = look(&[&holder]);
    let seen = facts.at(&holder, &timer).timerfd().unwrap().ticks;
    assert!(
        (10..=start.elapsed().as_millis() as u64 / 10).contains(&seen),
        "{seen}"
    );
    let mut ticks = [0; 8];
    rustix::io::read(&timer, &mut ticks).unwrap();
    let all = u64::from_ne_bytes(ticks);
    assert!(
        (seen..=start.elapsed().as_millis() as u64 / 10).contains(&all),
        "{seen} then {all}"
    );
}

fn watch(epoll: &OwnedFd, fd: &OwnedFd, data: u64, flags: EventFlags) {
    epoll::add(epoll, fd, EventData::new_u64(data), flags).unwrap();
}

#[test]
fn epolls_know_what_they_watch_whatever_its_number_is_now() {
    let _alone = alone();
    let create = || epoll::create(CreateFlags::CLOEXEC).unwrap();
    let (outer, inner, empty) = (create(), create(), create());
    let counters: Vec<OwnedFd> = (0..3)
        .map(|n| eventfd(n, EventfdFlags::CLOEXEC).unwrap())
        .collect();
    watch(&inner, &counters[0], 10, EventFlags::IN | EventFlags::ET);
    watch(&outer, &inner, 20, EventFlags::IN);
    // Two files under one number: each is closed there later and lives on elsewhere.
    let moved: Vec<OwnedFd> = counters[1..]
        .iter()
        .map(|counter| {
            let copy = rustix::io::fcntl_dupfd_cloexec(counter, 900).unwrap();
            assert_eq!(copy.as_raw_fd(), 900);
            watch(
                &outer,
                &copy,
                u64::MAX - counter.as_raw_fd() as u64,
                EventFlags::ONESHOT,
            );
            rustix::io::dup(counter).unwrap()
        })
        .collect();
    let mut fds = vec![
        outer.as_raw_fd(),
        inner.as_raw_fd(),
        empty.as_raw_fd(),
        counters[0].as_raw_fd(),
    ];
    fds.extend(moved.iter().map(AsRawFd::as_raw_fd));
    let holder = hold(&fds);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusals, []);
    let id = |fd: &OwnedFd| facts.at(&holder, fd).id;
    let targets = |fd: &OwnedFd| {
        let mut list: Vec<_> = facts
            .at(&holder, fd)
            .epoll()
            .unwrap()
            .targets
            .iter()
            .map(|t| (t.fd, t.data, t.description))
            .collect();
        list.sort_unstable();
        list
    };
    assert_eq!(kind(facts.at(&holder, &empty)), "Epoll");
    assert_eq!(targets(&empty), []);
    assert_eq!(targets(&inner), [(counters[0].as_raw_fd(), 10, id(&counters[0]))]);
    let mut expected = vec![(inner.as_raw_fd(), 20, id(&inner))];
    for (counter, moved) in counters[1..].iter().zip(&moved) {
        expected.push((900, u64::MAX - counter.as_raw_fd() as u64, id(moved)));
    }
    expected.sort_unstable();
    assert_eq!(targets(&outer), expected);
    let edge = facts.at(&holder, &inner).epoll().unwrap().targets[0].events;
    assert_eq!(
        edge & (EventFlags::IN | EventFlags::ET).bits(),
        (EventFlags::IN | EventFlags::ET).bits()
    );
}

#[test]
fn an_epoll_of_a_foreign_file_is_refused() {
    let _alone = alone();
    let epoll = epoll::create(CreateFlags::CLOEXEC).unwrap();
    let foreign = eventfd(0, EventfdFlags::CLOEXEC).unwrap();
    watch(&epoll, &foreign, 1, EventFlags::IN);
    let holder = hold(&[epoll.as_raw_fd()]);
    let facts = look(&[&holder]);
    assert_eq!(facts.refusal().kind, "epoll of a foreign file");
    assert_eq!(
        facts.at(&holder, &epoll).epoll().unwrap().targets[0].description,
        0
    );
}

#[test]
fn pidfds_tell_their_process_also_when_it_has_ended() {
    let _alone = alone();
    let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
    let open = |pid: u32| {
        let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap()
    };
    let (own, of_child) = (open(std::process::id()), open(child.id()));
    let holder = hold(&[own.as_raw_fd(), of_child.as_raw_fd()]);
    let told = |fd: &OwnedFd| {
        let facts = look(&[&holder]);
        assert_eq!(facts.refusals, []);
        facts.at(&holder, fd).pidfd().unwrap().pid
    };
    assert_eq!(
        (told(&own), told(&of_child)),
        (std::process::id() as i32, child.id() as i32)
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told(&of_child), -1);
}

#[test]
fn memfds_are_memory_objects() {
    let _alone = alone();
    let sealed = memfd_create("a name", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
    ftruncate(&sealed, 12_345).unwrap();
    fcntl_add_seals(&sealed, SealFlags::SHRINK | SealFlags::GROW).unwrap();
    let path = format!("/proc/self/fd/{}", sealed.as_raw_fd());
    let reopened = OwnedFd::from(std::fs::File::open(path).unwrap());
    let plain = memfd_create("", MemfdFlags::CLOEXEC).unwrap();
    let holder = hold(&[&sealed, &reopened, &plain].map(AsRawFd::as_raw_fd));
    let mut objects = Objects::new();
    let stat = rustix::fs::fstat(&plain).unwrap();
    let mapped = objects.intern(stat.st_dev, stat.st_ino).id;
    let facts = survey(&[holder.subject()], &mut objects, &EVERYTHING).unwrap();
    assert_eq!(facts.refusals, []);
    let objects = objects.into_vec();
    let object = |fd: &OwnedFd| &objects[facts.at(&holder, fd).memfd().unwrap().memory_object as usize - 1];
    assert_eq!(kind(facts.at(&holder, &sealed)), "Memfd");
    assert_eq!(
        (
            object(&sealed).name.as_str(),
            object(&sealed).size,
            object(&sealed).memfd
        ),
        ("a name", 12_345, true)
    );
    assert_eq!(
        object(&sealed).seals,
        (SealFlags::SHRINK | SealFlags::GROW).bits()
    );
    assert_eq!(
        (object(&sealed).pid, object(&sealed).fd),
        (holder.pid, sealed.as_raw_fd())
    );
    assert_eq!(object(&reopened).id, object(&sealed).id);
    assert_ne!(facts.at(&holder, &reopened).id, facts.at(&holder, &sealed).id);
    assert_eq!(
        (object(&plain).id, object(&plain).seals, objects.len()),
        (mapped, SealFlags::SEAL.bits(), 2)
    );
}
