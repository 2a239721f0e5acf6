// SPDX-License-Identifier: GPL-2.0-only
//! What must hold for an artifact before it may run inside a task.

use object::elf::{PF_W, PF_X, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE};
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, SectionFlags, SegmentFlags};

/// Upper bound of the interpreter, in bytes.
const BLOB_LIMIT: usize = 64 * 1024;
/// What the linker makes of any position-independent executable; never mapped by us.
const LOADER_SECTIONS: [&str; 7] = [
    ".dynamic",
    ".dynsym",
    ".dynstr",
    ".hash",
    ".gnu.hash",
    ".eh_frame_hdr",
    ".rela.dyn",
];

type Elf<'data> = ElfFile64<'data>;

/// The code of the interpreter, when it is one read-only piece that runs wherever it is put.
pub(crate) fn blob(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let elf = Elf::parse(bytes).map_err(|why| format!("is not an ELF file: {why}"))?;
    common(&elf)?;
    for section in elf.sections() {
        let name = section.name().unwrap_or("?");
        if !flags(&section).contains(SHF_ALLOC) || section.size() == 0 || LOADER_SECTIONS.contains(&name) {
            continue;
        }
        if name != ".blob" && !(name == ".gotten" && is_empty_got(&elf, &section)) {
            return Err(format!(
                "has a section {name} of {} bytes beside its code",
                section.size()
            ));
        }
    }
    let code = elf.section_by_name(".blob").ok_or("has no section .blob")?;
    if code.address() != 0 || elf.entry() != 0 {
        return Err("does not begin with its entry point".into());
    }
    let code = code.data().map_err(|why| format!("cannot be read: {why}"))?;
    if code.len() > BLOB_LIMIT {
        return Err(format!("has {} bytes, more than {BLOB_LIMIT}", code.len()));
    }
    Ok(code.to_vec())
}

/// Whether a global offset table has no entry: some linkers (aarch64) make its header all the same, which holds the address
/// of the dynamic section and words for a loader to fill. An entry would need a relocation, too, which is refused before.
fn is_empty_got<'data>(elf: &Elf<'data>, section: &impl ObjectSection<'data>) -> bool {
    let dynamic = elf.section_by_name(".dynamic").map(|dynamic| dynamic.address());
    section.data().is_ok_and(|words| {
        let mut words = words
            .as_chunks::<8>()
            .0
            .iter()
            .map(|word| u64::from_le_bytes(*word));
        words.all(|word| word == 0 || Some(word) == dynamic)
    })
}

/// The seed as it is, when it is static.
pub(crate) fn seed(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let elf = Elf::parse(bytes).map_err(|why| format!("is not an ELF file: {why}"))?;
    common(&elf)?;
    if elf.section_by_name(".interp").is_some() || elf.section_by_name(".dynamic").is_some() {
        return Err("is not a static executable".into());
    }
    if elf
        .section_by_name(".writable")
        .is_some_and(|section| section.size() != 0)
    {
        return Err("has writable statics".into());
    }
    Ok(bytes.to_vec())
}

fn common(elf: &Elf<'_>) -> Result<(), String> {
    if elf
        .dynamic_relocations()
        .is_some_and(|mut them| them.next().is_some())
    {
        return Err("needs relocations".into());
    }
    for section in elf.sections() {
        let name = section.name().unwrap_or("?");
        if flags(&section).contains(SHF_WRITE) && flags(&section).contains(SHF_EXECINSTR) {
            return Err(format!("has a section {name} that is writable and executable"));
        }
        if name.starts_with(".rel") && section.size() != 0 {
            return Err(format!("has relocations left in {name}"));
        }
    }
    for segment in elf.segments() {
        if let SegmentFlags::Elf { p_flags, .. } = segment.flags()
            && p_flags.contains(PF_W)
            && p_flags.contains(PF_X)
        {
            return Err(format!(
                "has a segment at {:#x} that is writable and executable",
                segment.address()
            ));
        }
    }
    match elf
        .symbols()
        .find(|symbol| symbol.is_undefined() && symbol.name().is_ok_and(|name| !name.is_empty()))
    {
        Some(symbol) => Err(format!(
            "calls {}, which nobody provides",
            symbol.name().unwrap_or("?")
        )),
        None => Ok(()),
    }
}

fn flags<'data>(section: &impl ObjectSection<'data>) -> object::elf::SectionFlags {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags,
        _ => object::elf::SectionFlags(0),
    }
}
