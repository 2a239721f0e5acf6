// SPDX-License-Identifier: GPL-2.0-only
use stasis_wire::facts::MemoryObject;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The distinct shared memories of a tree, one id space for those that are mapped and those that are open.
///
/// Keys are `(st_dev, st_ino)` as stat(2) gives them; a mapping of `/proc/PID/maps` has the same pair with
/// `libc::makedev` of the printed device. All of them lie on the kernel's internal mounts of tmpfs and
/// hugetlbfs (`mm/shmem.c`, `fs/hugetlbfs/inode.c`), so the pair is unique while the object lives.
#[derive(Debug, Default)]
pub struct Objects {
    ids: HashMap<(u64, u64), u32>,
    list: Vec<MemoryObject>,
}

impl Objects {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The object with this key, registered with the next id (from 1) and `fd: -1` if it is new.
    pub fn intern(&mut self, dev: u64, ino: u64) -> &mut MemoryObject {
        let index = match self.ids.entry((dev, ino)) {
            Entry::Occupied(known) => *known.get() as usize - 1,
            Entry::Vacant(vacant) => {
                self.list.push(MemoryObject {
                    dev,
                    ino,
                    fd: -1,
                    ..MemoryObject::default()
                });
                let id = self.list.len() as u32;
                vacant.insert(id);
                self.list[id as usize - 1].id = id;
                id as usize - 1
            }
        };
        &mut self.list[index]
    }

    /// Takes in what another registry has, in its order; tells the id here of each. Of what both have stays what is here.
    pub fn absorb(&mut self, other: Self) -> Vec<u32> {
        let take = |found: MemoryObject| {
            let known = self.intern(found.dev, found.ino);
            if known.map_end == 0 && known.fd < 0 {
                let id = known.id;
                *known = MemoryObject { id, ..found };
            }
            known.id
        };
        other.list.into_iter().map(take).collect()
    }

    /// The id of a known object.
    #[must_use]
    pub fn get(&self, dev: u64, ino: u64) -> Option<u32> {
        self.ids.get(&(dev, ino)).copied()
    }

    /// All objects in the order of their ids.
    #[must_use]
    pub fn into_vec(self) -> Vec<MemoryObject> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_for_one_key() {
        let mut objects = Objects::new();
        let first = objects.intern(1, 10).id;
        let second = objects.intern(1, 11).id;
        assert_eq!((first, second), (1, 2));
        objects.intern(1, 10).size = 4096;
        assert_eq!(objects.intern(1, 10).id, first);
        assert_eq!((objects.get(1, 11), objects.get(2, 11)), (Some(2), None));
        let mut more = Objects::new();
        more.intern(1, 12).map_end = 8192;
        more.intern(1, 10).map_end = 4096;
        objects.intern(1, 10).map_end = 8192;
        assert_eq!(objects.absorb(more), [3, 1]);
        let list = objects.into_vec();
        assert_eq!((list[0].map_end, list[2].map_end, list[2].id), (8192, 8192, 3));
        assert_eq!((list.len() - 1, list[0].size, list[0].fd), (2, 4096, -1));
    }
}
