// SPDX-License-Identifier: GPL-2.0-only
//! Operands of assembly, read in the sources of both architectures: the compiler may put an operand of its choice
//! (`in(reg)`) in any register that is not named as one, also in one that an earlier instruction of the block changes. So such
//! an operand is read by the first instruction only, and every other one has a register by name. (A `lateout` is no help: the
//! compiler may give its register to an input, too.)

use std::fs;
use std::path::Path;

/// The text of each `asm!` in a source, without its parentheses.
fn blocks(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("asm!(").filter_map(|(at, name)| {
        let text = &source[at + name.len()..];
        let (mut depth, mut quoted) = (1, false);
        for (end, letter) in text.char_indices() {
            match letter {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(&text[..end]);
            }
        }
        None
    })
}

/// What is wrong with a block.
fn fault(block: &str) -> Option<String> {
    let quoted: Vec<&str> = block.split('"').collect();
    // Texts in quotation marks are instructions, or names of registers right behind a parenthesis.
    let instructions: Vec<&str> = (1..quoted.len())
        .step_by(2)
        .filter(|at| !quoted[at - 1].trim_end().ends_with('('))
        .map(|at| quoted[at])
        .collect();
    let chosen: Vec<&str> = block
        .match_indices("(reg)")
        .map(|(at, _)| block[..at].rsplit([',', '\n']).next().unwrap_or_default())
        .collect();
    for operand in &chosen {
        let name = operand.split_once('=').map_or("{}", |(name, _)| name.trim());
        let used = if name == "{}" {
            String::from(name)
        } else {
            format!("{{{name}}}")
        };
        if let Some(late) = instructions.iter().skip(1).find(|text| text.contains(&used)) {
            return Some(format!("`{late}` reads an operand that the compiler places"));
        }
    }
    None
}

fn visit(folder: &Path, seen: &mut usize) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            visit(&path, seen);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("assembly.rs") {
            for block in blocks(&fs::read_to_string(&path).unwrap()) {
                *seen += 1;
                assert_eq!(fault(block), None, "{}: {block}", path.display());
            }
        }
    }
}

#[test]
fn no_operand_lies_where_the_block_writes() {
    let mut seen = 0;
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut seen);
    assert!(seen >= 12, "only {seen} blocks were found");
}

#[test]
fn what_the_compiler_might_place_badly_is_found() {
    let entered = r#"asm!("mov rsp, {stack}", "xor esi, esi", "jmp {entry}", stack = in(reg) stack,
        entry = in(reg) entry, in("rdi") base, options(noreturn))"#;
    let reason = fault(blocks(entered).next().unwrap()).unwrap();
    assert!(reason.contains("jmp {entry}"), "{reason}");
    let pinned = r#"asm!("mov rsp, {}", "mov eax, 15", "syscall", in(reg) frame, options(noreturn))"#;
    assert_eq!(fault(blocks(pinned).next().unwrap()), None);
}
