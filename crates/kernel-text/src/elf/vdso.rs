// SPDX-License-Identifier: GPL-2.0-only
use super::build_id;
use object::elf::{FileHeader64, SHT_DYNSYM, SHT_NOBITS};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use object::{Endianness, elf};
use std::fmt;
use std::ops::Range;

type Header = FileHeader64<Endianness>;

/// A function the vdso offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name: `__vdso_clock_gettime`.
    pub name: &'a [u8],
    /// Where it begins, in bytes from the start of the image.
    pub offset: u64,
    /// Its length in bytes.
    pub size: u64,
}

/// The vdso of a 64-bit task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vdso<'a> {
    /// The build id, by which one kernel's vdso is told from another's; arm64 kernels may be built without.
    pub build_id: Option<&'a [u8]>,
    /// Its functions, in the order of their addresses.
    pub symbols: Vec<Symbol<'a>>,
    /// What the ELF image uses; its bytes, hashed, are the identity where there is no build id. Equal on
    /// every task of a boot, as long as nobody writes to a private copy.
    pub used: &'a [u8],
    /// The zero bytes between the end of the image and the end of the mapping, in bytes from the start.
    /// Nothing reads them: code of ours may stand there. Empty when there are none.
    pub padding: Range<usize>,
    /// Where the ELF image ends by its headers. Bytes from here up to `padding` are not the linker's: the
    /// kernel's, or stubs that an earlier dump wrote and could not take away.
    pub end: usize,
    /// Where what programs read ends: all that the program headers speak of. From here up to `end` are section
    /// headers and names, which only debuggers read.
    pub loaded: usize,
}

/// Why bytes are no vdso.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VdsoError(&'static str);

impl fmt::Display for VdsoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the vdso: {}", self.0)
    }
}

impl std::error::Error for VdsoError {}

impl From<object::read::Error> for VdsoError {
    fn from(_: object::read::Error) -> Self {
        VdsoError("the bytes are no complete 64-bit ELF image")
    }
}

impl<'a> Vdso<'a> {
    /// Reads the bytes of the whole `[vdso]` mapping.
    ///
    /// # Errors
    /// Not an ELF image of 64 bits, or one whose parts reach beyond the bytes.
    pub fn parse(image: &'a [u8]) -> Result<Self, VdsoError> {
        let header = Header::parse(image)?;
        let endian = header.endian()?;
        let loaded = end_of_segments(header, endian, image)?;
        let end = end_of_image(header, endian, image, loaded)?;
        // Code that the kernel patched in, or anything the headers do not tell of, counts as used as well.
        let zeros = image[within(end, image)?..]
            .iter()
            .rev()
            .take_while(|&&b| b == 0)
            .count();
        let used = image.len() - zeros;
        Ok(Self {
            build_id: build_id(image),
            symbols: symbols(header, endian, image)?,
            used: &image[..used],
            padding: used..image.len(),
            end: within(end, image)?,
            loaded: within(loaded, image)?,
        })
    }

    /// The function of that name.
    pub fn symbol(&self, name: &str) -> Option<Symbol<'a>> {
        self.symbols.iter().copied().find(|s| s.name == name.as_bytes())
    }
}

/// The first byte after all that the program headers speak of, and after themselves.
fn end_of_segments(header: &Header, endian: Endianness, image: &[u8]) -> Result<u64, VdsoError> {
    let segments = header.program_headers(endian, image)?;
    let headers = table(header.e_phoff(endian), segments.len(), header.e_phentsize(endian));
    let ends = segments
        .iter()
        .map(|s| s.p_offset(endian).saturating_add(s.p_filesz(endian)));
    Ok(ends.fold(headers.max(u64::from(header.e_ehsize(endian))), u64::max))
}

/// The first byte after all that the headers speak of.
fn end_of_image(header: &Header, endian: Endianness, image: &[u8], loaded: u64) -> Result<u64, VdsoError> {
    let sections = header.section_headers(endian, image)?;
    let headers = table(header.e_shoff(endian), sections.len(), header.e_shentsize(endian));
    let ends = sections
        .iter()
        .filter(|s| s.sh_type(endian) != SHT_NOBITS)
        .map(|s| s.sh_offset(endian).saturating_add(s.sh_size(endian)));
    Ok(ends.fold(headers.max(loaded), u64::max))
}

/// Where a table ends.
fn table(offset: u64, count: usize, size: u16) -> u64 {
    offset.saturating_add(count as u64 * u64::from(size))
}

fn within(end: u64, image: &[u8]) -> Result<usize, VdsoError> {
    match usize::try_from(end) {
        Ok(end) if end <= image.len() => Ok(end),
        _ => Err(VdsoError("the image reaches beyond its mapping")),
    }
}

/// The dynamic symbols that have a place, read by the section headers, which vdso images keep.
fn symbols<'a>(header: &Header, endian: Endianness, image: &'a [u8]) -> Result<Vec<Symbol<'a>>, VdsoError> {
    let base = load_address(header, endian, image)?;
    let sections = header.sections(endian, image)?;
    let table = sections.symbols(endian, image, SHT_DYNSYM)?;
    let mut symbols = Vec::new();
    for symbol in table.iter() {
        let placed = !matches!(symbol.st_shndx(endian), elf::SHN_UNDEF | elf::SHN_ABS);
        // arm64's __kernel_rt_sigreturn has no type.
        if !placed || !matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE) {
            continue;
        }
        let name = table.symbol_name(endian, symbol)?;
        let offset = symbol.st_value(endian).wrapping_sub(base);
        symbols.push(Symbol {
            name,
            offset,
            size: symbol.st_size(endian),
        });
    }
    symbols.sort_unstable_by_key(|s| (s.offset, s.name));
    Ok(symbols)
}

/// The address the image is linked for: 0 in today's kernels, another in old ones.
fn load_address(header: &Header, endian: Endianness, image: &[u8]) -> Result<u64, VdsoError> {
    let segments = header.program_headers(endian, image)?;
    let load = segments.iter().find(|s| s.p_type(endian) == elf::PT_LOAD);
    let load = load.ok_or(VdsoError("the image has no segment to load"))?;
    Ok(load.p_vaddr(endian).wrapping_sub(load.p_offset(endian)))
}
