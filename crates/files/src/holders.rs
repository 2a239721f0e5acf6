// SPDX-License-Identifier: GPL-2.0-only
//! Who outside of a tree has open what the tree has.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Result;
use std::os::unix::ffi::OsStrExt;

use crate::sys::kcmp;

/// Processes for which another thread pays.
const SHARE: usize = 64;

/// What somebody else may have open.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As its link in `/proc/PID/fd` reads: `socket:[77]`, or a path.
    pub link: Vec<u8>,
    /// A task and its descriptor: only the same open file description counts (kcmp(2)). None: whatever has that link.
    pub same: Option<(i32, i32)>,
}

/// The first of all processes but `except` that has it open, of each of `wanted`: its index and the pid. Processes that
/// cannot be looked into are passed over.
///
/// # Errors
/// /proc cannot be listed.
pub fn holders(wanted: &[Wanted], except: &HashSet<i32>) -> Result<Vec<(usize, i32)>> {
    let mut by_link: HashMap<&OsStr, Vec<usize>> = HashMap::new();
    for (index, one) in wanted.iter().enumerate() {
        by_link
            .entry(OsStr::from_bytes(&one.link))
            .or_default()
            .push(index);
    }
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let pids: Vec<i32> = names.filter(|pid| !except.contains(pid)).collect();
    let found = stasis_parallel::map(&pids, SHARE, |&pid| Result::Ok(held(pid, wanted, &by_link)))?;
    let mut told = HashSet::new();
    let all = pids
        .iter()
        .zip(found)
        .flat_map(|(&pid, indices)| indices.into_iter().map(move |index| (index, pid)));
    Ok(all.filter(|(index, _)| told.insert(*index)).collect())
}

fn held(pid: i32, wanted: &[Wanted], by_link: &HashMap<&OsStr, Vec<usize>>) -> Vec<usize> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return Vec::new();
    };
    let mut indices = Vec::new();
    for entry in entries.flatten() {
        let Ok(link) = fs::read_link(entry.path()) else {
            continue;
        };
        let Some(fd) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let candidates = by_link.get(link.as_os_str()).map_or(&[][..], Vec::as_slice);
        indices.extend(candidates.iter().filter(|&&index| match wanted[index].same {
            None => true,
            Some(place) => kcmp::file(place, (pid, fd)).is_ok_and(Ordering::is_eq),
        }));
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::time::{Duration, Instant};

    #[test]
    fn the_same_file_is_not_the_same_description() {
        let own = std::process::id().cast_signed();
        let path = std::env::temp_dir().join(format!("stasis-holders-{own}"));
        let file = File::create(&path).unwrap();
        let again = file.try_clone().unwrap();
        let other = File::open(&path).unwrap();
        let of = |same| Wanted {
            link: path.as_os_str().as_bytes().to_vec(),
            same,
        };
        let nobody = HashSet::new();
        // A child of another test has copies of all descriptors between its fork(2) and its execve(2).
        let until = Instant::now() + Duration::from_secs(30);
        let comes_to = |wanted: &[Wanted], expected: &[(usize, i32)]| {
            while holders(wanted, &nobody).unwrap() != expected {
                assert!(Instant::now() < until);
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        // Descriptor -1 is never the same as anything.
        let wanted = [of(None), of(Some((own, again.as_raw_fd()))), of(Some((own, -1)))];
        comes_to(&wanted, &[(0, own), (1, own)]);
        assert!(
            holders(&wanted, &HashSet::from([own]))
                .unwrap()
                .iter()
                .all(|&(_, pid)| pid != own)
        );
        drop((file, again));
        let wanted = [of(None), of(Some((own, other.as_raw_fd())))];
        comes_to(&wanted, &[(0, own), (1, own)]);
        drop(other);
        comes_to(&wanted, &[]);
        fs::remove_file(path).unwrap();
    }
}
