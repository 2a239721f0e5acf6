// SPDX-License-Identifier: GPL-2.0-only
use object::elf::{ELF_NOTE_GNU, FileHeader32, FileHeader64, NT_GNU_BUILD_ID};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

/// The build id of an ELF file of either width and byte order, from its first bytes.
///
/// It is looked for in the `PT_NOTE` segments, which linkers place in the first page behind the headers: the first
/// 4096 bytes of a file nearly always do, the whole file always. Section headers, at the end of the file or
/// stripped, are not needed. `None` when the bytes are no ELF file, hold no build id, or end before it.
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

    /// The test program itself has an id, unless the linker was told not to; either way a prefix agrees with the whole.
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
