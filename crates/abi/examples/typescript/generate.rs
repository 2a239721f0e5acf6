// SPDX-License-Identifier: GPL-2.0-only
//! The program format as TypeScript constants.

use std::fmt::Write;
use std::mem::{offset_of, size_of};

use stasis_abi::{
    ABORT_BY_HOST, Arg, Barrier, Board, CANDIDATES, Code, DATA_AT, Expect, GLOBALS, MAGIC, NO_SLOT,
    ORPHAN_DIES, ORPHAN_GOES_HOME, Op, STACK_SIZE, STACKS_ALIGN, State, Strand, Sys, VERSION, global,
};

/// Names and values of an enumeration; does not compile when one is forgotten.
macro_rules! members {
    ($type:ident: $($member:ident),* $(,)?) => {{
        let _ = |value: $type| match value { $($type::$member => ()),* };
        vec![$((stringify!($member), $type::$member as usize)),*]
    }};
}

/// Names and offsets of a structure's fields, after its own `size`; does not compile when one is forgotten.
macro_rules! fields {
    ($type:ident: $($field:ident),* $(,)?) => {{
        let _ = |value: $type| { let $type { $($field: _),* } = value; };
        vec![("size", size_of::<$type>()), $((stringify!($field), offset_of!($type, $field))),*]
    }};
}

/// Names and values of constants in a module.
macro_rules! constants {
    ($($name:ident),* $(,)?) => { vec![$((stringify!($name), global::$name)),*] };
}

/// The file's whole text.
pub(crate) fn typescript() -> String {
    let mut out = String::from(
        "// SPDX-License-Identifier: GPL-2.0-only\n\
         // Made from crates/abi, where everything is described; do not edit.\n\
         // cargo run -p stasis-abi --example typescript > src/program/abi.ts\n\n",
    );
    for (name, value) in [
        ("VERSION", u64::from(VERSION)),
        ("DATA_AT", DATA_AT),
        ("STACK_SIZE", STACK_SIZE),
        ("STACKS_ALIGN", STACKS_ALIGN),
        ("NO_SLOT", u64::from(NO_SLOT)),
        ("GLOBALS", GLOBALS as u64),
        ("CANDIDATES", CANDIDATES as u64),
        ("ORPHAN_GOES_HOME", u64::from(ORPHAN_GOES_HOME)),
        ("ORPHAN_DIES", u64::from(ORPHAN_DIES)),
        ("ABORT_BY_HOST", u64::from(ABORT_BY_HOST)),
    ] {
        let _ = writeln!(out, "export const {name} = {value};");
    }
    let _ = writeln!(
        out,
        "/** `STASISAR` as a little-endian number. */\nexport const MAGIC = {MAGIC:#x}n;"
    );

    for (what, name, members) in enumerations() {
        object(&mut out, what, name, &members);
        let _ = writeln!(out, "export type {name} = (typeof {name})[keyof typeof {name}];");
    }
    for (what, name, members) in structures() {
        object(&mut out, what, name, &members);
    }
    let calls: Vec<_> = Sys::ALL
        .iter()
        .map(|call| (call.name(), *call as usize))
        .collect();
    object(&mut out, "System calls by the kernel's name.", "SYS", &calls);
    out.push_str("export type SysName = keyof typeof SYS;\n");
    out
}

type Table = (&'static str, &'static str, Vec<(&'static str, usize)>);

fn enumerations() -> Vec<Table> {
    vec![
        (
            "What an operation does.",
            "Code",
            members!(Code: Syscall, Meet, Arrive, Wait, Process, Thread, Exit, Store, Set, Compare, Until, Move, Earlier),
        ),
        (
            "How an argument becomes a value.",
            "Arg",
            members!(Arg: Imm, Data, Slot, Global, Load, Load32),
        ),
        (
            "Which results an operation may have.",
            "Expect",
            members!(Expect: Ok, Exact, Any, OkOr),
        ),
        (
            "How far a strand is.",
            "State",
            members!(State: Idle, Running, Parked, Failed, Exited, Aborted),
        ),
    ]
}

fn structures() -> Vec<Table> {
    vec![
        (
            "Addresses that only the running seed knows.",
            "GLOBAL",
            constants!(
                HOLE_START,
                BELOW_LEN,
                HOLE_END,
                ABOVE_LEN,
                VDSO,
                VVAR,
                VVAR_VCLOCK,
                PARKING,
                FREE
            ),
        ),
        (
            "Head of an arena: bytes and offsets.",
            "BOARD",
            fields!(Board: magic, robust_next, version, gate, abort, news, orphan, strands, strands_at, barriers, seed,
                barriers_at, size, blob_size, parking_size, candidates, globals),
        ),
        (
            "A thread of execution: bytes and offsets.",
            "STRAND",
            fields!(Strand: state, at, result, tid, ops_at, ops, slots, slots_at, stack_top, home),
        ),
        (
            "A meeting point: bytes and offsets.",
            "BARRIER",
            fields!(Barrier: arrived, expected),
        ),
        (
            "An operation: bytes and offsets.",
            "OP",
            fields!(Op: code, expect, sys, kinds, save, why, args, want),
        ),
    ]
}

fn object(out: &mut String, what: &str, name: &str, members: &[(&str, usize)]) {
    let _ = writeln!(out, "\n/** {what} */\nexport const {name} = {{");
    for (index, (member, value)) in members.iter().enumerate() {
        // A field of the name that the structure's own size goes by.
        let member = if *member == "size" && index != 0 {
            "total"
        } else {
            member
        };
        let _ = writeln!(out, "  {member}: {value},");
    }
    out.push_str("} as const;\n");
}
