// SPDX-License-Identifier: GPL-2.0-only
//! Where the members of kernel structures lie, by the kernel's own type information
//! (`/sys/kernel/btf/vmlinux`, 5.4; `Documentation/bpf/btf.rst`).

use std::collections::HashMap;

const MAGIC: u16 = 0xeb9f;
const STRUCT: u32 = 4;
const UNION: u32 = 5;

/// Offsets in bytes by structure and member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Offsets(HashMap<(&'static str, &'static str), u64>);

impl Offsets {
    pub(crate) fn get(&self, structure: &'static str, member: &'static str) -> Option<u64> {
        self.0.get(&(structure, member)).copied()
    }
}

/// Looks up members; `None` for text that is no BTF, or lacks one of them.
pub(crate) fn offsets(btf: &[u8], wanted: &[(&'static str, &'static str)]) -> Option<Offsets> {
    let types = Types::open(btf)?;
    let mut found = HashMap::new();
    let mut at = 0;
    let mut starts = vec![0];
    let mut structures: Vec<(usize, &'static str)> = Vec::new();
    while at < types.types.len() {
        let header = types.header(at)?;
        starts.push(at);
        if header.kind == STRUCT && header.name != 0 {
            let name = types.name(header.name)?;
            if let Some((structure, _)) = wanted.iter().find(|(structure, _)| structure.as_bytes() == name) {
                structures.push((at, structure));
            }
        }
        at += header.size;
    }
    for &(structure, member) in wanted {
        let place = structures.iter().filter(|(_, name)| *name == structure);
        let offset = place
            .filter_map(|&(at, _)| types.member(&starts, at, member, 4))
            .next()?;
        found.insert((structure, member), offset);
    }
    Some(Offsets(found))
}

struct Types<'a> {
    types: &'a [u8],
    strings: &'a [u8],
}

/// One `struct btf_type` with what follows it.
struct Header {
    name: u32,
    kind: u32,
    members: usize,
    bitfields: bool,
    size: usize,
}

impl<'a> Types<'a> {
    fn open(btf: &'a [u8]) -> Option<Self> {
        let word = |at| number(btf, at);
        if u16::from_ne_bytes(btf.get(..2)?.try_into().ok()?) != MAGIC {
            return None;
        }
        let body = word(4)? as usize;
        let section = |from: u32, length: u32| btf.get(body + from as usize..)?.get(..length as usize);
        Some(Self {
            types: section(word(8)?, word(12)?)?,
            strings: section(word(16)?, word(20)?)?,
        })
    }

    fn header(&self, at: usize) -> Option<Header> {
        let info = number(self.types, at + 4)?;
        let (kind, members) = (info >> 24 & 0x1f, (info & 0xffff) as usize);
        let follows = match kind {
            // INT, VAR and DECL_TAG have one word, ARRAY three.
            1 | 14 | 17 => 4,
            3 => 12,
            // STRUCT, UNION, DATASEC, ENUM64; ENUM, FUNC_PROTO.
            STRUCT | UNION | 15 | 19 => members * 12,
            6 | 13 => members * 8,
            // PTR, FWD, TYPEDEF, the qualifiers, FUNC, FLOAT, TYPE_TAG.
            2 | 7..=12 | 16 | 18 => 0,
            _ => return None,
        };
        Some(Header {
            name: number(self.types, at)?,
            kind,
            members,
            bitfields: info >> 31 != 0,
            size: 12 + follows,
        })
    }

    /// Offset of a member, also of one in a nameless structure or union within, `depth` levels down at most.
    fn member(&self, starts: &[usize], at: usize, wanted: &str, depth: u32) -> Option<u64> {
        let header = self.header(at)?;
        for member in 0..header.members {
            let entry = at + 12 + member * 12;
            let (name, kind, raw) = (
                number(self.types, entry)?,
                number(self.types, entry + 4)?,
                number(self.types, entry + 8)?,
            );
            let bits = if header.bitfields { raw & 0xff_ffff } else { raw };
            if name == 0 && depth > 0 {
                let inner = *starts.get(kind as usize)?;
                let nested = matches!(self.header(inner)?.kind, STRUCT | UNION);
                if let Some(offset) = nested
                    .then(|| self.member(starts, inner, wanted, depth - 1))
                    .flatten()
                {
                    return Some(offset + u64::from(bits / 8));
                }
            } else if self.name(name)? == wanted.as_bytes() {
                return Some(u64::from(bits / 8));
            }
        }
        None
    }

    fn name(&self, at: u32) -> Option<&'a [u8]> {
        self.strings.get(at as usize..)?.split(|&byte| byte == 0).next()
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `struct s { int a; struct { int b; }; }` and one more type after it.
    fn sample() -> Vec<u8> {
        let types: [&[u32]; 3] = [
            // int, 4 bytes
            &[1, 1 << 24, 4, 32],
            // nameless struct with b at 0
            &[0, STRUCT << 24 | 1, 4, 7, 1, 0],
            // struct s with a at 0 and the nameless at 32 bits
            &[5, STRUCT << 24 | 2, 8, 9, 1, 0, 0, 2, 32],
        ];
        let types: Vec<u8> = types
            .concat()
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        let strings = b"\0int\0s\0b\0a\0";
        let mut btf = Vec::new();
        btf.extend(MAGIC.to_ne_bytes());
        btf.extend([1, 0]);
        for word in [
            24,
            0,
            types.len() as u32,
            types.len() as u32,
            strings.len() as u32,
        ] {
            btf.extend(word.to_ne_bytes());
        }
        [btf, types, strings.to_vec()].concat()
    }

    #[test]
    fn members_are_found_in_nameless_parts_too() {
        let found = offsets(&sample(), &[("s", "a"), ("s", "b")]).unwrap();
        assert_eq!((found.get("s", "a"), found.get("s", "b")), (Some(0), Some(4)));
        assert_eq!(offsets(&sample(), &[("s", "c")]), None);
        assert_eq!(offsets(&sample(), &[("t", "a")]), None);
    }

    #[test]
    fn no_text_makes_it_panic() {
        let sample = sample();
        for length in 0..sample.len() {
            offsets(&sample[..length], &[("s", "b")]);
            let mut changed = sample.clone();
            changed[length] ^= 0xff;
            offsets(&changed, &[("s", "b")]);
        }
    }
}
