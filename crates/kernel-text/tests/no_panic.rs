// SPDX-License-Identifier: GPL-2.0-only
//! No input makes a parser panic: every sample is cut, bent and mixed many times over, and read by every
//! parser.
//!
//! The seed is fixed, so that a failure can be repeated; `STASIS_FUZZ_ROUNDS` makes it run longer.

use stasis_kernel_text as text;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Pieces of which the texts are made, and such as lie at their limits.
const PIECES: &[&[u8]] = &[
    b"\n",
    b" ",
    b"\t",
    b":",
    b"-",
    b"/",
    b"(",
    b")",
    b"\\",
    b"\\012",
    b"\0",
    b"\xff",
    b"0",
    b"9",
    b"f",
    b"18446744073709551615",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"ffffffffffffffff",
    b" (deleted)",
    b"//deleted",
    b"[anon:",
    b"/SYSV",
    b"/memfd:",
    b"VmFlags:",
    b"Rss:",
    b"pos:\t",
    b"tfd:",
    b"inotify ",
    b"unlimited",
    b" - ",
    b"kB",
    b"EOF",
    b"->",
    b"ID: ",
    b"signal: ",
    b"Name:\t",
    b"CapBnd:\t",
];

/// xorshift64*: no crate is worth one line of arithmetic.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        high as usize % end.max(1)
    }
}

fn mutate(sample: &[u8], samples: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    // Long texts would spend the time on bytes far from any mutation; an image means nothing in parts.
    if bytes.starts_with(b"\x7fELF") && random.below(4) > 0 {
        let end = if random.below(2) == 0 { 64 } else { bytes.len() };
        let at = random.below(end);
        let any = random.below(256) as u8;
        bytes[at] = [0, 1, 0x7f, 0xff, any][random.below(5)];
        return bytes;
    }
    let start = random.below(bytes.len().saturating_sub(600));
    bytes = bytes.split_off(if random.below(2) == 0 { 0 } else { start });
    bytes.truncate(1 + random.below(2000));
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes
                .splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())
                .for_each(drop),
            3 => bytes
                .splice(at..end, PIECES[random.below(PIECES.len())].iter().copied())
                .for_each(drop),
            4 => {
                let other = &samples[random.below(samples.len())];
                let from = random.below(other.len());
                let to = (from + random.below(200)).min(other.len());
                bytes
                    .splice(at..at, other[from..to].iter().copied())
                    .for_each(drop);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

/// Reads the bytes as everything, lazily read parts included; how many parsers were content.
fn read_as_everything(bytes: &[u8]) -> usize {
    let maps = text::maps::parse(bytes);
    if let Ok(vmas) = &maps {
        vmas.iter().for_each(|vma| drop(vma.kind()));
    }
    let smaps = text::smaps::parse(bytes);
    if let Ok(smaps) = &smaps {
        smaps.iter().for_each(|smap| smap.unknown_flags().for_each(drop));
    }
    let fdinfo = text::fdinfo::parse(bytes);
    if let Ok(text::fdinfo::FdInfo {
        kind: text::fdinfo::FdKind::Inotify(watches),
        ..
    }) = &fdinfo
    {
        watches
            .iter()
            .filter_map(|w| w.handle)
            .for_each(|h| drop(h.bytes()));
    }
    for word in [text::task::auxv::Word::Bits32, text::task::auxv::Word::Bits64] {
        text::task::auxv::pairs(bytes, word).for_each(drop);
    }
    text::link::parse(bytes);
    text::unescape_octal(bytes);
    text::elf::build_id(bytes);
    let content = [
        maps.is_ok(),
        smaps.is_ok(),
        fdinfo.is_ok(),
        text::task::stat::parse(bytes).is_ok(),
        text::task::status::parse(bytes).is_ok(),
        text::task::limits::parse(bytes).is_ok(),
        text::task::timers::parse(bytes).is_ok(),
        text::task::children::parse(bytes).is_ok(),
        text::task::cgroup::parse(bytes).is_ok(),
        text::task::syscall::parse(bytes).is_ok(),
        text::task::number::decimal("number", bytes).is_ok(),
        text::task::number::hexadecimal("number", bytes).is_ok(),
        text::locks::parse(bytes).is_ok(),
        text::mountinfo::parse(bytes).is_ok(),
        text::elf::Vdso::parse(bytes).is_ok(),
    ];
    content.iter().filter(|&&ok| ok).count()
}

fn samples() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut samples: Vec<Vec<u8>> = [data.clone(), data.join("fdinfo")]
        .iter()
        .flat_map(|dir| fs::read_dir(dir).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| fs::read(path).unwrap())
        .collect();
    samples.sort();
    samples.extend([
        b"ID: 4\nsignal: 12/0000000000000007\nnotify: signal/tid.15589\nClockID: -6\n".to_vec(),
        b"4: -> POSIX  ADVISORY  WRITE 15457 fe:00:10004844 5 14\n5: FLOCK  ADVISORY  READ 1 00:1a:4 0 EOF\n"
            .to_vec(),
        b"30 25 0:27 /a//deleted /mnt/x\\040y ro shared:5 master:3 - fuse.a\\134b  rw,a=b\n".to_vec(),
        b"9:name=systemd:/\n4:cpu,cpuacct:/a:b (deleted)\n0::/\n".to_vec(),
        b"35 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n".to_vec(),
        b"15630 15631 7 ".to_vec(),
        b"anon_inode:[eventfd]".to_vec(),
    ]);
    let own = fs::read(std::env::current_exe().unwrap()).unwrap();
    samples.push(own[..own.len().min(4096)].to_vec());
    samples.push(own_vdso());
    samples
}

fn own_vdso() -> Vec<u8> {
    let maps = fs::read("/proc/self/maps").unwrap();
    let vdso = text::maps::iter(&maps)
        .flatten()
        .find(|v| v.kind() == text::maps::Name::Vdso)
        .unwrap();
    let mut image = vec![0; vdso.len() as usize];
    fs::File::open("/proc/self/mem")
        .unwrap()
        .read_exact_at(&mut image, vdso.start)
        .unwrap();
    image
}

#[test]
fn no_input_makes_a_parser_panic() {
    let rounds = std::env::var("STASIS_FUZZ_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(600);
    let samples = samples();
    let mut random = Random(0x5a5a_1234_dead_beef);
    let (mut read, mut content) = (0, 0);
    for sample in &samples {
        assert!(
            sample.starts_with(b"\x7fELF") || read_as_everything(sample) > 0 || sample.starts_with(b"anon")
        );
        for _ in 0..rounds {
            content += read_as_everything(&mutate(sample, &samples, &mut random));
            read += 1;
        }
    }
    eprintln!("{read} inputs, {content} times a parser was content");
    // Were nothing ever accepted, the mutations would test the first line of each parser only.
    assert!(content > read / 4);
}

#[test]
fn every_prefix_of_every_sample_is_read_or_refused() {
    for sample in samples() {
        for end in 0..sample.len().min(1500) {
            read_as_everything(&sample[..end]);
        }
    }
}
