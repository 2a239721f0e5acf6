// SPDX-License-Identifier: GPL-2.0-only
use super::*;

const HEADER: &str = "-7f0000002000 rw-p 00000000 00:00 0                          [anon:x]\n";

fn block(start: &str, rss: u64, flags: &str) -> String {
    format!(
        "{start}{HEADER}Size:           {:>8} kB\nKernelPageSize: {:>8} kB\nRss:            {rss:>8} kB\n\
         Private_Dirty:  {:>8} kB\nSwap:           {:>8} kB\nTHPeligible:    {:>8}\nProtectionKey:  {:>8}\n\
         VmFlags: {flags}\n",
        8, 4, 2, 3, 1, 7
    )
}

#[test]
fn figures_are_bytes_and_absent_ones_zero() {
    let text = block("7f0000000000", 12, "rd wr mr mw me ac ");
    let smap = parse(text.as_bytes()).unwrap()[0];
    assert_eq!(smap.vma.name, b"[anon:x]");
    assert_eq!((smap.kernel_page_size, smap.rss), (4096, 12 << 10));
    assert_eq!(
        (smap.private_dirty, smap.swap, smap.locked, smap.anonymous),
        (2 << 10, 3 << 10, 0, 0)
    );
    assert!(smap.thp_eligible);
    assert_eq!(smap.protection_key, Some(7));
    use VmFlags as F;
    assert_eq!(
        smap.flags,
        F::READ | F::WRITE | F::MAY_READ | F::MAY_WRITE | F::MAY_EXEC | F::ACCOUNT
    );
}

#[test]
fn unknown_codes_are_kept() {
    let text = block("7f0000000000", 0, "rd zz ?? sd x ");
    let smap = parse(text.as_bytes()).unwrap()[0];
    assert_eq!(smap.flags, VmFlags::READ | VmFlags::SOFT_DIRTY | VmFlags::UNKNOWN);
    assert_eq!(
        smap.unknown_flags().collect::<Vec<_>>(),
        [&b"zz"[..], b"??", b"x"]
    );
}

#[test]
fn every_code_has_its_own_bit() {
    let mut seen = VmFlags::UNKNOWN;
    for (_, flag) in VmFlags::all()
        .iter_names()
        .filter(|(_, f)| *f != VmFlags::UNKNOWN)
    {
        assert!(!seen.intersects(flag));
        seen |= flag;
    }
    assert_eq!(
        VmFlags::from_line(b"sl dp gd"),
        VmFlags::SEALED | VmFlags::DROPPABLE | VmFlags::GROWS_DOWN
    );
    assert_eq!(VmFlags::from_line(b""), VmFlags::empty());
}

/// A wide number moves what follows it, a kernel may print more lines: the learnt layout must notice.
#[test]
fn blocks_of_different_shape_read_alike() {
    let wide = 4 << 30;
    let longer = block("7f0000000003", 5, "rd ").replace("Swap:", "NewThing:              9 kB\nSwap:");
    let trailing = block("7f0000000005", 7, "rd ") + "Locked:               11 kB\n";
    let shorter = block("7f0000000006", 8, "rd ").replace("THPeligible:           1\n", "");
    let text = [
        block("7f0000000000", 1, "rd "),
        block("7f0000000001", 2, "rd wr "),
        block("7f0000000002", wide, "rd wr ex "),
        longer,
        block("7f0000000004", 6, "rd "),
        trailing,
        shorter,
    ]
    .concat();
    let smaps = parse(text.as_bytes()).unwrap();
    let rss: Vec<_> = smaps.iter().map(|s| s.rss >> 10).collect();
    assert_eq!(rss, [1, 2, wide, 5, 6, 7, 8]);
    assert_eq!(smaps[2].flags, VmFlags::READ | VmFlags::WRITE | VmFlags::EXEC);
    assert_eq!((smaps[5].locked >> 10, smaps[4].locked), (11, 0));
    assert!(
        smaps
            .iter()
            .all(|s| s.swap == 3 << 10 && s.protection_key == Some(7))
    );
    assert_eq!(
        smaps.iter().map(|s| s.thp_eligible).collect::<Vec<_>>(),
        [true, true, true, true, true, true, false]
    );
}

#[test]
fn the_error_counts_lines_over_whole_blocks() {
    let text = block("7f0000000000", 1, "rd ").repeat(3) + "Rss: x\n";
    let error = parse(text.as_bytes()).unwrap_err();
    assert_eq!((error.line, error.text), (28, "/proc/PID/smaps"));
    assert_eq!(error.expected, "a figure after the key");
    let error = parse(b"Rss: 4 kB\n").unwrap_err();
    assert_eq!(
        (error.line, error.expected),
        (1, "the first address in hexadecimal")
    );
}
