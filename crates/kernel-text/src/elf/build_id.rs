// SPDX-License-Identifier: GPL-2.0-only
use object::elf::{ELF_NOTE_GNU, FileHeader32, FileHeader64, NT_GNU_BUILD_ID};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

/// The build id of an ELF file of either width and byte order, from its first bytes.
///
/// It is looked for in the `PT_NOTE` segments, which linkers place in the first page behind the headers: the
/// first 4096 bytes of a file nearly always do, the whole file always. Section headers, at the end of the
/// file or stripped, are not needed. `None` when the bytes are no ELF file, hold no build id, or end before
/// it.
pub fn build_id(file: &[u8]) -> Option<&[u8]> {
    match FileKind::parse(file).ok()? {
        FileKind::Elf32 => of_header::<FileHeader32<Endianness>>(file),
        FileKind::Elf64 => of_header::<FileHeader64<Endianness>>(file),
        _ => None,
    }
}

fn of_header<Elf: FileHeader>(file: &[u8]) -> Option<&[u8]> {
    let header = Elf::parse(file).ok()?;
    let endian = header.endian().ok()?;
    for segment in header.program_headers(endian, file).ok()? {
        // A segment that the bytes do not hold whole is no reason to miss the id in another.
        let Ok(Some(mut notes)) = segment.notes(endian, file) else {
            continue;
        };
        while let Ok(Some(note)) = notes.next() {
            if note.name() == ELF_NOTE_GNU && note.n_type(endian) == NT_GNU_BUILD_ID {
                return Some(note.desc());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_elf_file_has_none() {
        for bytes in [
            &b""[..],
            b"#!/bin/sh\n",
            b"\x7fELF",
            b"\x7fELF\x02\x01\x01",
            &[0; 4096],
        ] {
            assert_eq!(build_id(bytes), None);
        }
    }

    /// A header, one `PT_NOTE` segment of two notes, and no sections: what is left of a stripped image.
    fn image(class: u8, data: u8) -> Vec<u8> {
        let (wide, big) = (class == 2, data == 2);
        let (header, segment) = if wide { (64u64, 56) } else { (52, 32) };
        let mut bytes = vec![0x7f, b'E', b'L', b'F', class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut put = |value: u64, size: usize| {
            let le = value.to_le_bytes();
            bytes.extend(if big {
                le[..size].iter().rev().copied().collect()
            } else {
                le[..size].to_vec()
            });
        };
        let word = if wide { 8 } else { 4 };
        let fields = [
            (3, 2),
            (62, 2),
            (1, 4),
            (0, word),
            (header, word),
            (0, word),
            (0, 4),
            (header, 2),
        ];
        fields
            .into_iter()
            .chain([(segment, 2), (1, 2), (0, 2), (0, 2), (0, 2)])
            .for_each(|(v, s)| put(v, s));
        let (notes, size) = (header + segment, 52);
        put(4, 4); // PT_NOTE
        if wide {
            [4, notes, 0, 0, size, size, 4]
                .iter()
                .zip([4, 8, 8, 8, 8, 8, 8])
                .for_each(|(&v, s)| put(v, s));
        } else {
            [notes, 0, 0, size, size, 4, 4].iter().for_each(|&v| put(v, 4));
        }
        for (name, kind, content) in [(*b"Abc\0", 3u64, 7u64), (*b"GNU\0", 3, 0x1122_3344_5566_7788)] {
            [4, 8, kind].iter().for_each(|&v| put(v, 4));
            name.iter().for_each(|&b| put(u64::from(b), 1));
            content.to_be_bytes().iter().for_each(|&b| put(u64::from(b), 1));
        }
        put(0, 4);
        bytes
    }

    #[test]
    fn either_width_and_byte_order() {
        for (class, data) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let image = image(class, data);
            let expected = Some(&[0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88][..]);
            assert_eq!(build_id(&image), expected, "class {class}, data {data}");
            (0..image.len() - 8).for_each(|end| assert_eq!(build_id(&image[..end]), None));
        }
    }

    /// The test program itself has an id, unless the linker was told not to; either way a prefix agrees with
    /// the whole.
    #[test]
    fn a_prefix_agrees_with_the_whole_file() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let whole = build_id(&file);
        assert!(
            whole.is_some_and(|id| id.len() >= 8),
            "the test program has no build id: {whole:?}"
        );
        assert_eq!(build_id(&file[..4096]), whole);
        for end in (0..2048).step_by(7) {
            let prefix = build_id(&file[..end]);
            assert!(prefix.is_none() || prefix == whole);
        }
    }
}
