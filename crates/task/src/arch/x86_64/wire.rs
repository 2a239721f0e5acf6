// SPDX-License-Identifier: GPL-2.0-only
//! Registers in CRIU's wire form (`thread_info_x86`), and back.
use super::layout::layout;
use super::{FpuState, Registers};
use stasis_wire::Message;
use stasis_wire::core_x86::{
    ThreadInfoBrief, ThreadInfoX86, UserX86FpregsEntry, UserX86RegsEntry, UserX86XsaveEntry,
};

const LEGACY: usize = 512;
const HEADER: usize = 64;
const SW_RESERVED: usize = 464;
/// x87, SSE.
const LEGACY_FEATURES: u64 = 3;

/// The XSAVE components that the wire form has fields for: feature bit, bytes.
const YMM: (u32, usize) = (2, 256);
const BNDREGS: (u32, usize) = (3, 64);
const BNDCSR: (u32, usize) = (4, 64);
const OPMASK: (u32, usize) = (5, 64);
const ZMM_UPPER: (u32, usize) = (6, 512);
const ZMM_HIGH: (u32, usize) = (7, 1024);
const PKRU: (u32, usize) = (9, 8);

/// Encodes what the thread will go on with: an interrupted system call is made restartable here,
/// since an image has no place for the kernel's restart state.
#[must_use]
pub fn encode_thread_info(registers: &Registers, fpu: &FpuState, clear_tid: u64) -> Vec<u8> {
    let r = registers.restarted();
    let gpregs = UserX86RegsEntry {
        r15: r.r15,
        r14: r.r14,
        r13: r.r13,
        r12: r.r12,
        bp: r.bp,
        bx: r.bx,
        r11: r.r11,
        r10: r.r10,
        r9: r.r9,
        r8: r.r8,
        ax: r.ax,
        cx: r.cx,
        dx: r.dx,
        si: r.si,
        di: r.di,
        orig_ax: r.orig_ax,
        ip: r.ip,
        cs: r.cs,
        flags: r.flags,
        sp: r.sp,
        ss: r.ss,
        fs_base: r.fs_base,
        gs_base: r.gs_base,
        ds: r.ds,
        es: r.es,
        fs: r.fs,
        gs: r.gs,
        mode: None,
    };
    ThreadInfoX86 {
        clear_tid_addr: clear_tid,
        gpregs,
        fpregs: encode_fpu(&fpu.0),
        tls: Vec::new(),
        xsave: Some(fpu.0.clone()),
    }
    .encode_to_vec()
}

/// # Errors
/// A text naming what the message lacks.
pub fn decode_thread_info(bytes: &[u8]) -> Result<(Registers, FpuState), String> {
    let undecoded = |error| format!("registers do not decode: {error}");
    let brief = ThreadInfoBrief::decode(bytes).map_err(undecoded)?;
    let g = brief.gpregs;
    let registers = Registers {
        r15: g.r15,
        r14: g.r14,
        r13: g.r13,
        r12: g.r12,
        bp: g.bp,
        bx: g.bx,
        r11: g.r11,
        r10: g.r10,
        r9: g.r9,
        r8: g.r8,
        ax: g.ax,
        cx: g.cx,
        dx: g.dx,
        si: g.si,
        di: g.di,
        // Whatever the image says: a restored thread is not inside a system call.
        orig_ax: u64::MAX,
        ip: g.ip,
        cs: g.cs,
        flags: g.flags,
        sp: g.sp,
        ss: g.ss,
        fs_base: g.fs_base,
        gs_base: g.gs_base,
        ds: g.ds,
        es: g.es,
        fs: g.fs,
        gs: g.gs,
    };
    let fpu = match brief.xsave {
        Some(area) if area.len() >= LEGACY + HEADER => FpuState(area),
        Some(area) => return Err(format!("an XSAVE area of {} bytes is too short", area.len())),
        None => decode_fpu(&ThreadInfoX86::decode(bytes).map_err(undecoded)?.fpregs)?,
    };
    Ok((registers, fpu))
}

fn encode_fpu(area: &[u8]) -> UserX86FpregsEntry {
    let u16_at = |at: usize| u32::from(u16::from_le_bytes([area[at], area[at + 1]]));
    let u64_at = |at: usize| words64(area, at, 8).first().copied().unwrap_or(0);
    UserX86FpregsEntry {
        cwd: u16_at(0),
        swd: u16_at(2),
        twd: u16_at(4),
        fop: u16_at(6),
        rip: u64_at(8),
        rdp: u64_at(16),
        mxcsr: words32(area, 24, 4)[0],
        mxcsr_mask: words32(area, 28, 4)[0],
        st_space: words32(area, 32, 128),
        xmm_space: words32(area, 160, 256),
        padding: Vec::new(),
        xsave: Some(encode_xsave(area)),
    }
}

fn encode_xsave(area: &[u8]) -> UserX86XsaveEntry {
    let part = |(feature, size): (u32, usize)| match layout().offset(feature) {
        Some(at) if at + size <= area.len() => Some((at, size)),
        _ => None,
    };
    let wide = |component| part(component).map_or_else(Vec::new, |(at, size)| words64(area, at, size));
    let narrow = |component| part(component).map_or_else(Vec::new, |(at, size)| words32(area, at, size));
    UserX86XsaveEntry {
        xstate_bv: words64(area, LEGACY, 8)[0],
        ymmh_space: narrow(YMM),
        bndreg_state: wide(BNDREGS),
        bndcsr_state: wide(BNDCSR),
        opmask_reg: wide(OPMASK),
        zmm_upper: wide(ZMM_UPPER),
        hi16_zmm: wide(ZMM_HIGH),
        pkru: narrow(PKRU),
        cet: None,
    }
}

/// Rebuilds the standard-format area from the fields of an image that CRIU wrote.
fn decode_fpu(fpregs: &UserX86FpregsEntry) -> Result<FpuState, String> {
    let mut area = vec![0u8; LEGACY + HEADER];
    for (at, value) in [(0, fpregs.cwd), (2, fpregs.swd), (4, fpregs.twd), (6, fpregs.fop)] {
        area[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
    }
    area[8..16].copy_from_slice(&fpregs.rip.to_le_bytes());
    area[16..24].copy_from_slice(&fpregs.rdp.to_le_bytes());
    area[24..28].copy_from_slice(&fpregs.mxcsr.to_le_bytes());
    area[28..32].copy_from_slice(&fpregs.mxcsr_mask.to_le_bytes());
    put32(&mut area, 32, 128, &fpregs.st_space)?;
    put32(&mut area, 160, 256, &fpregs.xmm_space)?;
    let Some(xsave) = &fpregs.xsave else {
        area[LEGACY] = LEGACY_FEATURES as u8;
        return Ok(FpuState(area));
    };
    let mut features = LEGACY_FEATURES;
    let narrow = [(YMM, &xsave.ymmh_space), (PKRU, &xsave.pkru)];
    let wide = [
        (BNDREGS, &xsave.bndreg_state),
        (BNDCSR, &xsave.bndcsr_state),
        (OPMASK, &xsave.opmask_reg),
        (ZMM_UPPER, &xsave.zmm_upper),
        (ZMM_HIGH, &xsave.hi16_zmm),
    ];
    for ((feature, size), words) in narrow {
        if let Some(at) = room(&mut area, feature, size, words.is_empty(), &mut features) {
            put32(&mut area, at, size, words)?;
        }
    }
    for ((feature, size), words) in wide {
        if let Some(at) = room(&mut area, feature, size, words.is_empty(), &mut features) {
            let halves: Vec<u32> = words
                .iter()
                .flat_map(|word| [*word as u32, (*word >> 32) as u32])
                .collect();
            put32(&mut area, at, size, &halves)?;
        }
    }
    area[LEGACY..LEGACY + 8].copy_from_slice(&xsave.xstate_bv.to_le_bytes());
    area[SW_RESERVED..SW_RESERVED + 8].copy_from_slice(&features.to_le_bytes());
    Ok(FpuState(area))
}

fn room(area: &mut Vec<u8>, feature: u32, size: usize, absent: bool, features: &mut u64) -> Option<usize> {
    let at = layout().offset(feature).filter(|_| !absent)?;
    *features |= 1 << feature;
    if area.len() < at + size {
        area.resize(at + size, 0);
    }
    Some(at)
}

fn words32(area: &[u8], at: usize, size: usize) -> Vec<u32> {
    area[at..at + size]
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word))
        .collect()
}

fn words64(area: &[u8], at: usize, size: usize) -> Vec<u64> {
    area[at..at + size]
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .collect()
}

fn put32(area: &mut [u8], at: usize, size: usize, words: &[u32]) -> Result<(), String> {
    if words.len() * 4 > size {
        return Err(format!(
            "{} words do not fit an XSAVE component of {size} bytes",
            words.len()
        ));
    }
    for (index, word) in words.iter().enumerate() {
        area[at + index * 4..at + index * 4 + 4].copy_from_slice(&word.to_le_bytes());
    }
    Ok(())
}
