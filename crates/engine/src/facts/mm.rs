// SPDX-License-Identifier: GPL-2.0-only
//! Address spaces: what `/proc/PID/smaps` says, as facts.
use super::context::{Common, Met, Proc};
use super::path::is_too_long;
use stasis_kernel_text::maps::{Name, Perms, Vma as Line};
use stasis_kernel_text::smaps::{self, Smap, VmFlags};
use stasis_task::{Result, TaskError};
use stasis_wire::facts::{Refusal, Vma, VmaKind};

const MEM_MAJOR: u64 = 1;
const ZERO_MINOR: u64 = 5;
/// Bytes of smaps of a small program, 700 for each mapping.
const ABOUT: usize = 32 << 10;

/// All mappings of a task in address order. Those that cannot be brought back are listed as
/// refusals, and stay in the list for `inspect`.
pub(crate) fn vmas(common: &Common, met: &mut Met, proc: &Proc, pid: i32, comm: &str) -> Result<Vec<Vma>> {
    let text = proc.all("smaps", ABOUT)?;
    let mut all = Vec::with_capacity(text.len() / 700 + 1);
    for smap in smaps::iter(&text) {
        let smap = smap.map_err(|error| TaskError::because("read the mappings", pid, error.to_string()))?;
        let vma = fact(common, met, pid, &smap)?;
        if let Some((kind, cause, hint)) = unsupported(&smap, &vma, pid) {
            met.refusals.push(Refusal {
                pid,
                comm: comm.to_owned(),
                object: format!("mapping {:x}-{:x}", smap.vma.start, smap.vma.end),
                kind,
                cause,
                hint: hint.to_owned(),
            });
        }
        all.push(vma);
    }
    Ok(all)
}

fn fact(common: &Common, met: &mut Met, pid: i32, smap: &Smap<'_>) -> Result<Vma> {
    let line = &smap.vma;
    let mut vma = Vma {
        start: line.start,
        end: line.end,
        offset: line.offset,
        prot: u32::from((line.perms & (Perms::READ | Perms::WRITE | Perms::EXEC)).bits()),
        shared: line.perms.contains(Perms::SHARED),
        flags: smap.flags.bits(),
        resident: smap.rss,
        private_bytes: smap.anonymous + smap.swap,
        protection_key: smap.protection_key.map_or(0, |key| 1 + key),
        mapped_elsewhere: smap.pss < smap.rss || smap.swap_pss < smap.swap,
        ..Vma::default()
    };
    let kind = match line.kind() {
        Name::None => VmaKind::Anon,
        Name::Heap => VmaKind::Heap,
        Name::Stack => VmaKind::Stack,
        Name::Vdso => VmaKind::Vdso,
        Name::Vvar | Name::VvarVclock => VmaKind::Vvar,
        Name::Vsyscall => VmaKind::Vsyscall,
        Name::Anon(name) => {
            vma.name = String::from_utf8_lossy(name).into_owned();
            VmaKind::Anon
        }
        Name::AnonShmem(name) => {
            vma.name = String::from_utf8_lossy(name).into_owned();
            shared_memory(met, pid, line, &mut vma)?
        }
        Name::SharedAnon | Name::Memfd(_) => shared_memory(met, pid, line, &mut vma)?,
        Name::SysV(_) => VmaKind::Sysv,
        Name::File { .. } => {
            let file = behind(common, pid, line)?;
            let device = file
                .as_ref()
                .is_some_and(|file| matches!(file.mode & libc::S_IFMT, libc::S_IFCHR | libc::S_IFBLK));
            vma.file = file;
            match vma.file {
                None => VmaKind::Other,
                Some(_) if device && !is_dev_zero(pid, line) => VmaKind::Device,
                Some(_) => VmaKind::File,
            }
        }
        Name::Special(_) | Name::AnonHugepage | Name::Aio | Name::AnonInode(_) | Name::Pseudo(_) => {
            VmaKind::Other
        }
    };
    vma.kind = kind as i32;
    Ok(vma)
}

fn shared_memory(met: &mut Met, pid: i32, line: &Line<'_>, vma: &mut Vma) -> Result<VmaKind> {
    use std::os::unix::fs::MetadataExt;
    let failed =
        |call| move |error: std::io::Error| TaskError::io("look at the shared memory", call, pid, 0, &error);
    let dev = libc::makedev(line.dev.major, line.dev.minor);
    let object = met.objects.intern(dev, line.ino);
    vma.memory_object = object.id;
    if object.map_end == 0 {
        let meta = std::fs::metadata(link(pid, line)).map_err(failed("stat"))?;
        object.pid = pid;
        object.map_start = line.start;
        object.map_end = line.end;
        object.size = meta.size();
        object.mode = meta.mode() & 0o7777;
        object.uid = meta.uid();
        object.gid = meta.gid();
        if let Name::Memfd(name) = line.kind() {
            object.memfd = true;
            object.attributes = stasis_files::attributes(&link(pid, line), b"");
            object.name = String::from_utf8_lossy(&name).into_owned();
        }
    }
    Ok(VmaKind::Shmem)
}

/// `None` for a path that is too long to be told.
fn behind(common: &Common, pid: i32, line: &Line<'_>) -> Result<Option<stasis_wire::facts::Path>> {
    let path = common.paths.mapped(line, &link(pid, line));
    if path.as_ref().is_err_and(is_too_long) {
        return Ok(None);
    }
    path.map(Some).map_err(|error| {
        let failed = TaskError::io("look at a mapped file", "readlink", pid, 0, &error);
        if failed.errno == libc::EPERM {
            failed.hint("needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN")
        } else {
            failed
        }
    })
}

fn link(pid: i32, line: &Line<'_>) -> String {
    format!("/proc/{pid}/map_files/{:x}-{:x}", line.start, line.end)
}

fn is_dev_zero(pid: i32, line: &Line<'_>) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(link(pid, line)).is_ok_and(|meta| {
        let device = meta.rdev();
        u64::from(libc::major(device)) == MEM_MAJOR && u64::from(libc::minor(device)) == ZERO_MINOR
    })
}

/// Kind, cause and hint of what cannot be dumped.
fn unsupported(smap: &Smap<'_>, vma: &Vma, pid: i32) -> Option<(String, String, &'static str)> {
    let flags = smap.flags;
    let say = |kind: &str, cause: &str, hint| Some((kind.to_owned(), cause.to_owned(), hint));
    if vma.kind == VmaKind::Vsyscall as i32 {
        return None;
    }
    if flags.contains(VmFlags::HUGETLB) {
        return say("hugetlb mapping", "memory of hugetlbfs is not dumped yet", "");
    }
    if flags.intersects(VmFlags::UFFD_MISSING | VmFlags::UFFD_WP | VmFlags::UFFD_MINOR) {
        return say(
            "userfaultfd range",
            "its faults are handled by a userfaultfd",
            "unregister the range first",
        );
    }
    if flags.contains(VmFlags::SHADOW_STACK) {
        return say(
            "shadow stack",
            "shadow stacks are not restored yet",
            "run the program with glibc.cpu.x86_shstk=off",
        );
    }
    if flags.contains(VmFlags::SEALED) {
        return say("sealed mapping", "mseal(2) cannot be repeated for it yet", "");
    }
    match smap.vma.kind() {
        Name::SysV(key) => say(
            "SysV shared memory segment",
            &format!("segment {} with key {key:#x} is attached", smap.vma.ino),
            "detach it first",
        ),
        Name::Aio => say(
            "asynchronous I/O ring",
            "an io_setup(2) context is in use",
            "destroy it first",
        ),
        Name::AnonInode(class) | Name::Pseudo(class) | Name::Special(class) => say(
            &format!("mapping of {}", String::from_utf8_lossy(class)),
            "the kernel object behind it cannot be recreated",
            "",
        ),
        Name::AnonHugepage => say("hugetlb mapping", "memory of hugetlbfs is not dumped yet", ""),
        Name::File { .. } if vma.file.is_none() => {
            say("mapping of a file with a long path", stasis_files::TOO_LONG, "")
        }
        _ if vma.kind == VmaKind::Device as i32 => {
            let target = std::fs::read_link(link(pid, &smap.vma)).unwrap_or_default();
            say(
                &format!("device mapping of {}", target.display()),
                "device memory cannot be recreated",
                "",
            )
        }
        _ if flags.intersects(VmFlags::IO | VmFlags::PFN_MAP) && vma.kind != VmaKind::Vvar as i32 => {
            say("device mapping", "device memory cannot be recreated", "")
        }
        _ => None,
    }
}
