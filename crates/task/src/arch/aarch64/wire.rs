// SPDX-License-Identifier: GPL-2.0-only
//! Registers in CRIU's wire form (`thread_info_aarch64`), and back.
use super::layout::{FPSIMD, VREGS};
use super::{FpuState, Registers};
use stasis_wire::Message;
use stasis_wire::core_aarch64::{
    PacAddressKeys, PacGenericKeys, PacKeys, ThreadInfoAarch64, UserAarch64FpsimdContextEntry,
    UserAarch64RegsEntry,
};

/// Encodes what the thread will go on with: an interrupted system call is made restartable here,
/// since an image has no place for the kernel's restart state.
#[must_use]
pub fn encode_thread_info(registers: &Registers, fpu: &FpuState, clear_tid: u64) -> Vec<u8> {
    let r = registers.restarted();
    let tls = words(&fpu.tls);
    ThreadInfoAarch64 {
        clear_tid_addr: clear_tid,
        tls: word(&tls, 0),
        gpregs: UserAarch64RegsEntry {
            regs: r.x.to_vec(),
            sp: r.sp,
            pc: r.pc,
            pstate: r.pstate,
        },
        fpsimd: encode_fpsimd(&fpu.fpsimd),
        pac_keys: encode_keys(fpu),
        sve: fpu.sve.clone(),
        tagged_addr_ctrl: fpu.tagged.as_deref().map(|set| word(&words(set), 0)),
        tpidr2: tls.get(1).copied(),
    }
    .encode_to_vec()
}

/// # Errors
/// A text naming what the message lacks.
pub fn decode_thread_info(bytes: &[u8]) -> Result<(Registers, FpuState), String> {
    let info =
        ThreadInfoAarch64::decode(bytes).map_err(|error| format!("registers do not decode: {error}"))?;
    let general = info.gpregs;
    let count = general.regs.len();
    let x = <[u64; 31]>::try_from(general.regs)
        .map_err(|_| format!("there are {count} general registers, not 31"))?;
    let registers = Registers {
        x,
        sp: general.sp,
        pc: general.pc,
        pstate: general.pstate,
        ..Registers::default()
    };
    let keys = info.pac_keys.unwrap_or_default();
    let address = keys.pac_address_keys;
    let fpu = FpuState {
        fpsimd: decode_fpsimd(&info.fpsimd)?,
        sve: info.sve,
        tls: [Some(info.tls), info.tpidr2]
            .into_iter()
            .flatten()
            .flat_map(u64::to_le_bytes)
            .collect(),
        enabled_keys: address
            .as_ref()
            .map(|keys| keys.pac_enabled_key.to_le_bytes().to_vec()),
        address_keys: address.map(|keys| {
            bytes_of(&[
                keys.apiakey_lo,
                keys.apiakey_hi,
                keys.apibkey_lo,
                keys.apibkey_hi,
                keys.apdakey_lo,
                keys.apdakey_hi,
                keys.apdbkey_lo,
                keys.apdbkey_hi,
            ])
        }),
        generic_key: keys
            .pac_generic_keys
            .map(|keys| bytes_of(&[keys.apgakey_lo, keys.apgakey_hi])),
        tagged: info.tagged_addr_ctrl.map(|control| bytes_of(&[control])),
    };
    Ok((registers, fpu))
}

fn encode_fpsimd(set: &[u8]) -> UserAarch64FpsimdContextEntry {
    let half = |at: usize| {
        set[at..]
            .first_chunk::<4>()
            .map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    UserAarch64FpsimdContextEntry {
        vregs: words(&set[..VREGS]),
        fpsr: half(VREGS),
        fpcr: half(VREGS + 4),
    }
}

fn decode_fpsimd(entry: &UserAarch64FpsimdContextEntry) -> Result<Vec<u8>, String> {
    let mut set = bytes_of(&entry.vregs);
    if set.len() != VREGS {
        return Err(format!(
            "there are {} words of vector registers, not 64",
            entry.vregs.len()
        ));
    }
    set.extend_from_slice(&entry.fpsr.to_le_bytes());
    set.extend_from_slice(&entry.fpcr.to_le_bytes());
    set.resize(FPSIMD, 0);
    Ok(set)
}

fn encode_keys(fpu: &FpuState) -> Option<PacKeys> {
    let enabled = fpu.enabled_keys.as_deref().map_or(0, |set| word(&words(set), 0));
    let address = fpu.address_keys.as_deref().map(|set| {
        let keys = words(set);
        PacAddressKeys {
            apiakey_lo: word(&keys, 0),
            apiakey_hi: word(&keys, 1),
            apibkey_lo: word(&keys, 2),
            apibkey_hi: word(&keys, 3),
            apdakey_lo: word(&keys, 4),
            apdakey_hi: word(&keys, 5),
            apdbkey_lo: word(&keys, 6),
            apdbkey_hi: word(&keys, 7),
            pac_enabled_key: enabled,
        }
    });
    let generic = fpu.generic_key.as_deref().map(|set| {
        let key = words(set);
        PacGenericKeys {
            apgakey_lo: word(&key, 0),
            apgakey_hi: word(&key, 1),
        }
    });
    (address.is_some() || generic.is_some()).then_some(PacKeys {
        pac_address_keys: address,
        pac_generic_keys: generic,
    })
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .collect()
}

fn word(words: &[u64], at: usize) -> u64 {
    words.get(at).copied().unwrap_or(0)
}

fn bytes_of(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
