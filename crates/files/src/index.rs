// SPDX-License-Identifier: GPL-2.0-only
//! Which descriptors are the same open file description: kcmp(2) decides.

use crate::classes::classes;
use crate::error::{FilesError, Result};
use crate::sys::kcmp::{self, Place};
use crate::table::{Key, OpenFd};
use std::cmp::Ordering;
use std::collections::HashMap;

/// The distinct descriptions met so far. Number n (from 0) has the id n+1.
#[derive(Default)]
pub(crate) struct Index {
    /// For each number a descriptor that leads to it.
    places: Vec<Place>,
    /// Numbers with the same key, in the order of kcmp.
    by_key: HashMap<Key, Vec<u32>>,
    /// The keys an inode number has: an epoll tells the inode of its target, but not the rest. All are 0 where the fdinfo
    /// of descriptors does not tell them (before 5.14).
    by_ino: HashMap<u64, Vec<Key>>,
    /// The descriptors of all tasks and what they lead to, sorted.
    opened: Vec<(Place, u32)>,
    /// Numbers with the same inode number, in the order of kcmp. Made where a target is not where it was when it was added.
    sorted: HashMap<u64, Vec<u32>>,
}

impl Index {
    /// Numbers the descriptions behind all descriptors, in the order they are first met; returns the number
    /// of each.
    ///
    /// # Errors
    /// The kernel refuses to compare.
    pub(crate) fn build(opened: &[OpenFd]) -> Result<(Self, Vec<u32>)> {
        let place = |position: usize| (opened[position].pid, opened[position].fd);
        // A child has what it inherited under the same number: one comparison settles most descriptors.
        let mut same_number: HashMap<(Key, i32), usize> = HashMap::new();
        let mut inherited: Vec<Option<usize>> = vec![None; opened.len()];
        let mut groups: HashMap<Key, Vec<usize>> = HashMap::new();
        for (position, open) in opened.iter().enumerate() {
            if let Some(&earlier) = same_number.get(&(open.key, open.fd))
                && compare(place(earlier), place(position))? == Ordering::Equal
            {
                inherited[position] = Some(earlier);
                continue;
            }
            same_number.insert((open.key, open.fd), position);
            groups.entry(open.key).or_default().push(position);
        }
        let mut found: Vec<(Key, Vec<Vec<usize>>)> = Vec::with_capacity(groups.len());
        for (key, group) in groups {
            found.push((key, classes(group, |a, b| compare(place(a), place(b)))?));
        }
        let mut firsts: Vec<usize> = found
            .iter()
            .flat_map(|(_, sorted)| sorted.iter().map(|c| c[0]))
            .collect();
        firsts.sort_unstable();
        let mut numbers = vec![u32::MAX; opened.len()];
        let mut index = Self::default();
        for (number, &first) in firsts.iter().enumerate() {
            numbers[first] = number as u32;
            index.places.push((opened[first].pid, opened[first].fd));
        }
        for (key, sorted) in found {
            let of_class = sorted.iter().map(|class| numbers[class[0]]).collect();
            for class in &sorted {
                for &member in class {
                    numbers[member] = numbers[class[0]];
                }
            }
            index.by_key.insert(key, of_class);
            index.by_ino.entry(key.ino()).or_default().push(key);
        }
        for (position, earlier) in inherited.iter().enumerate() {
            if let Some(earlier) = *earlier {
                numbers[position] = numbers[earlier];
            }
        }
        index.opened = (0..opened.len())
            .map(place)
            .zip(numbers.iter().copied())
            .collect();
        index.opened.sort_unstable();
        Ok((index, numbers))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, number: u32) -> Place {
        self.places[number as usize]
    }

    /// The description behind a descriptor; `Err` holds the rank it would have within its key.
    fn find(&self, key: &Key, place: Place) -> Result<std::result::Result<u32, usize>> {
        let Some(numbers) = self.by_key.get(key) else {
            return Ok(Err(0));
        };
        search(numbers, |number| compare(self.place(number), place))
    }

    /// The number of the description behind `place`, and whether it is new.
    pub(crate) fn find_or_add(&mut self, key: Key, place: Place) -> Result<(u32, bool)> {
        match self.find(&key, place)? {
            Ok(known) => Ok((known, false)),
            Err(rank) => {
                let number = self.places.len() as u32;
                self.places.push(place);
                self.by_key.entry(key).or_default().insert(rank, number);
                let keys = self.by_ino.entry(key.ino()).or_default();
                if !keys.contains(&key) {
                    keys.push(key);
                }
                Ok((number, true))
            }
        }
    }

    /// The description that an epoll watches: `tfd` and `nth` as of [`kcmp::epoll_target`], `ino` from its
    /// fdinfo. All descriptions are known by now.
    ///
    /// Each question makes the kernel walk over the targets until it meets the one (`ep_find_tfd`), so the fewer the
    /// better: most are still where they were when they were added.
    pub(crate) fn find_epoll_target(
        &mut self,
        epoll: Place,
        tfd: i32,
        nth: u32,
        ino: u64,
    ) -> Result<Option<u32>> {
        let order = |place: Place| {
            kcmp::epoll_target(place, epoll, tfd, nth).map_err(|e| {
                FilesError::io("find the targets of the epoll", epoll.0, "kcmp", e)
                    .of(format!("fd {}", epoll.1))
            })
        };
        if let Some(number) = self.behind((epoll.0, tfd))
            && order(self.place(number)).or_else(FilesError::unequal_if_gone)? == Ordering::Equal
        {
            return Ok(Some(number));
        }
        let ino = if self.by_ino.contains_key(&ino) { ino } else { 0 };
        let Some(keys) = self.by_ino.get(&ino) else {
            return Ok(None);
        };
        if !self.sorted.contains_key(&ino) {
            let numbers = keys.iter().flat_map(|key| self.by_key[key].iter().copied());
            let sorted = classes(numbers, |a, b| compare(self.place(a), self.place(b)))?;
            self.sorted.insert(ino, sorted.into_iter().flatten().collect());
        }
        Ok(search(&self.sorted[&ino], |number| order(self.place(number)))?.ok())
    }

    /// The description behind a descriptor of a task.
    fn behind(&self, place: Place) -> Option<u32> {
        let at = self
            .opened
            .binary_search_by_key(&place, |&(known, _)| known)
            .ok()?;
        Some(self.opened[at].1)
    }
}

/// A binary search whose comparison (of the element with what is sought) can fail.
fn search(
    numbers: &[u32],
    order: impl Fn(u32) -> Result<Ordering>,
) -> Result<std::result::Result<u32, usize>> {
    let (mut low, mut high) = (0, numbers.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match order(numbers[middle])? {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Ok(Ok(numbers[middle])),
        }
    }
    Ok(Err(low))
}

/// A descriptor that is gone meanwhile, as under a running task, is like no other.
fn compare(a: Place, b: Place) -> Result<Ordering> {
    let failed = |e| {
        FilesError::io("compare open files", a.0, "kcmp", e).about(format!(
            "fd {} of pid {} with fd {} of pid {}",
            a.1, a.0, b.1, b.0
        ))
    };
    kcmp::file(a, b)
        .map_err(failed)
        .or_else(FilesError::unequal_if_gone)
}
