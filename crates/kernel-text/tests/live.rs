// SPDX-License-Identifier: GPL-2.0-only
//! Against the kernel the tests run on, with `procfs-core` for a second opinion.

use procfs_core::process as reference;
use procfs_core::{FromBufRead, FromRead};
use stasis_kernel_text::elf::{Vdso, build_id};
use stasis_kernel_text::link::{self, Target};
use stasis_kernel_text::maps::Name;
use stasis_kernel_text::task::{auxv, cgroup, children, limits, number, stat, status, syscall, timers};
use stasis_kernel_text::{Dev, fdinfo, locks, maps, mountinfo, smaps};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

fn read(name: &str) -> Vec<u8> {
    fs::read(format!("/proc/self/{name}")).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn maps_of_this_process() {
    let text = read("maps");
    let reference = reference::MemoryMaps::from_buf_read(&text[..]).unwrap();
    let vmas = maps::parse(&text).unwrap();
    assert_eq!(vmas.len(), reference.len());
    for (vma, other) in vmas.iter().zip(&reference) {
        assert_eq!((vma.start, vma.end), other.address);
        assert_eq!((vma.offset, vma.ino), (other.offset, other.inode));
        assert_eq!((vma.dev.major as i32, vma.dev.minor as i32), other.dev);
    }
    let exe = std::env::current_exe().unwrap();
    let own = vmas
        .iter()
        .find(|v| v.name == exe.as_os_str().as_bytes())
        .unwrap();
    assert_eq!(own.ino, fs::metadata(&exe).unwrap().ino());
}

#[test]
fn smaps_of_this_process() {
    let text = read("smaps");
    let reference = reference::MemoryMaps::from_buf_read(&text[..]).unwrap();
    let smaps = smaps::parse(&text).unwrap();
    assert_eq!(smaps.len(), reference.len());
    for (smap, other) in smaps.iter().zip(&reference) {
        let figure = |key| other.extension.map.get(key).copied().unwrap_or(0);
        assert_eq!((smap.rss, smap.anonymous), (figure("Rss"), figure("Anonymous")));
        assert_eq!(
            (smap.private_dirty, smap.locked),
            (figure("Private_Dirty"), figure("Locked"))
        );
        assert_eq!(
            (smap.swap, smap.kernel_page_size),
            (figure("Swap"), figure("KernelPageSize"))
        );
        assert_eq!(smap.thp_eligible, figure("THPeligible") != 0);
        let unknown: Vec<_> = smap.unknown_flags().collect();
        assert!(
            unknown.is_empty(),
            "this kernel has flags we have no name for: {unknown:?}"
        );
    }
}

#[test]
fn stat_and_status_of_this_process() {
    let text = read("stat");
    let (stat, other) = (
        stat::parse(&text).unwrap(),
        reference::Stat::from_read(&text[..]).unwrap(),
    );
    assert_eq!(
        (stat.pid, stat.ppid, stat.pgrp),
        (other.pid, other.ppid, other.pgrp)
    );
    assert_eq!(
        (stat.session, stat.tpgid, stat.flags),
        (other.session, other.tpgid, other.flags)
    );
    assert_eq!((stat.tty.major as i32, stat.tty.minor as i32), other.tty_nr());
    assert_eq!(
        (stat.starttime, stat.rss, stat.start_stack),
        (other.starttime, other.rss, other.startstack)
    );
    assert_eq!((stat.start_code, stat.end_code), (other.startcode, other.endcode));
    assert_eq!(
        (Some(stat.start_brk), Some(stat.env_end)),
        (other.start_brk, other.env_end)
    );
    assert_eq!(
        (Some(stat.exit_signal), Some(stat.policy)),
        (other.exit_signal, other.policy)
    );
    assert_eq!(
        (Some(stat.exit_code), i64::from(stat.nice)),
        (other.exit_code, other.nice)
    );

    let text = read("status");
    let (status, other) = (
        status::parse(&text).unwrap(),
        reference::Status::from_buf_read(&text[..]).unwrap(),
    );
    assert_eq!(
        (status.tgid, status.ppid, status.tracer),
        (other.tgid, other.ppid, other.tracerpid)
    );
    assert_eq!((status.uid.effective, status.gid.fs), (other.euid, other.fgid));
    assert_eq!(
        (status.caps.effective, Some(status.caps.bounding)),
        (other.capeff, other.capbnd)
    );
    assert_eq!(
        (status.signals.caught, status.signals.ignored),
        (other.sigcgt, other.sigign)
    );
    assert_eq!((status.groups, Some(status.ns_pid)), (other.groups, other.nspid));
    assert_eq!(status.umask, other.umask);
}

#[test]
fn limits_and_mounts_of_this_process() {
    let text = read("limits");
    let (limits, other) = (
        limits::parse(&text).unwrap(),
        reference::Limits::from_buf_read(&text[..]).unwrap(),
    );
    let value = |limit: reference::LimitValue| match limit {
        reference::LimitValue::Unlimited => limits::INFINITY,
        reference::LimitValue::Value(value) => value,
    };
    assert_eq!(limits[7].soft, value(other.max_open_files.soft_limit));
    assert_eq!(limits[15].hard, value(other.max_realtime_timeout.hard_limit));

    let text = read("mountinfo");
    let (mounts, other) = (
        mountinfo::parse(&text).unwrap(),
        reference::MountInfos::from_buf_read(&text[..]).unwrap(),
    );
    assert_eq!(mounts.len(), other.0.len());
    for (mount, other) in mounts.iter().zip(&other) {
        assert_eq!((mount.id, mount.parent), (other.mnt_id, other.pid));
        assert_eq!(mount.dev.to_string(), other.majmin);
    }
    let proc = mounts.iter().rfind(|m| *m.point == *b"/proc").unwrap();
    assert_eq!(proc.dev.to_user(), fs::metadata("/proc").unwrap().dev());
}

#[test]
fn small_texts_of_this_process() {
    assert!(!cgroup::parse(&read("cgroup")).unwrap().is_empty());
    assert_eq!(timers::parse(&read("timers")), Ok(vec![]));
    assert!(number::hexadecimal("/proc/PID/personality", &read("personality")).is_ok());
    assert!((-1000..=1000).contains(&number::decimal("oom_score_adj", &read("oom_score_adj")).unwrap()));
    let reading = fs::read("/proc/thread-self/syscall").unwrap();
    let read = if cfg!(target_arch = "x86_64") { 0 } else { 63 };
    assert!(
        matches!(syscall::parse(&reading), Ok(syscall::Syscall::Inside { number, .. }) if number == read),
        "{}",
        reading.escape_ascii()
    );
    assert!(locks::parse(&fs::read("/proc/locks").unwrap()).is_ok());
    let mut child = std::process::Command::new("sleep").arg("9").spawn().unwrap();
    let tid = fs::read_link("/proc/thread-self").unwrap();
    let text = fs::read(format!("/proc/{}/children", tid.display())).unwrap();
    let listed = children::parse(&text);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(listed.unwrap().contains(&(child.id() as i32)));
}

#[test]
fn fdinfo_of_open_files() {
    let mut file = fs::File::open("/proc/self/exe").unwrap();
    file.seek(SeekFrom::Start(77)).unwrap();
    let info = read(&format!("fdinfo/{}", file.as_raw_fd()));
    let info = fdinfo::parse(&info).unwrap();
    assert_eq!((info.pos, info.flags & 0o3), (77, 0));
    assert_eq!(info.flags & 0o2000000, 0o2000000);
    assert_eq!(
        info.ino.unwrap_or(file.metadata().unwrap().ino()),
        file.metadata().unwrap().ino()
    );
    let mounts = read("mountinfo");
    let mounts = mountinfo::parse(&mounts).unwrap();
    let mount = mounts
        .iter()
        .find(|m| m.id == info.mnt_id)
        .expect("the mount of the test program");
    assert_eq!(mount.dev, Dev::from_user(file.metadata().unwrap().dev() as u32));
    let (reader, _writer) = std::io::pipe().unwrap();
    let target = fs::read_link(format!("/proc/self/fd/{}", reader.as_raw_fd())).unwrap();
    assert!(matches!(
        link::parse(target.as_os_str().as_bytes()),
        Target::Pipe(_)
    ));
}

#[test]
fn vdso_of_this_process() {
    let text = read("maps");
    let vmas = maps::parse(&text).unwrap();
    let vma = vmas.iter().find(|v| v.kind() == Name::Vdso).unwrap();
    assert_eq!(
        auxv::get(&read("auxv"), auxv::Word::Bits64, auxv::AT_SYSINFO_EHDR),
        Some(vma.start)
    );
    let mut image = vec![0; vma.len() as usize];
    let mut memory = fs::File::open("/proc/self/mem").unwrap();
    memory.seek(SeekFrom::Start(vma.start)).unwrap();
    memory.read_exact(&mut image).unwrap();

    let vdso = Vdso::parse(&image).unwrap();
    let name = if cfg!(target_arch = "aarch64") {
        "__kernel_clock_gettime"
    } else {
        "__vdso_clock_gettime"
    };
    let symbol = vdso.symbol(name).expect("clock_gettime in the vdso");
    assert!(symbol.size > 0 && symbol.offset + symbol.size <= vdso.used.len() as u64);
    assert_eq!(vdso.build_id, build_id(&image));
    assert_eq!(vdso.padding.end, image.len());
    assert_eq!(vdso.used.len(), vdso.padding.start);
    assert!(vdso.loaded > 0 && vdso.loaded <= vdso.end);
    assert!(image[vdso.padding.clone()].iter().all(|&b| b == 0));
    eprintln!(
        "vdso: {} functions, {} bytes of padding",
        vdso.symbols.len(),
        vdso.padding.len()
    );
    // arm64's has a single page up to 6.1.
    for cut in [0, 63, 64, vdso.used.len() / 2, vdso.used.len() - 1] {
        assert!(Vdso::parse(&image[..cut]).is_err(), "cut at {cut}");
    }
    assert!(Vdso::parse(&image[..vdso.used.len()]).unwrap().padding.is_empty());
}
