// SPDX-License-Identifier: GPL-2.0-only
//! Memory policies of single mappings: mbind(2). Which mappings have one, each is asked for (get_mempolicy(2), a fraction of
//! a microsecond); what it is, numa_maps tells, for which the kernel goes through all pages: it is read where there are any only.
use stasis_abi::Sys;
use stasis_arena::{Arena, Builder, Step, Value};
use stasis_kernel_text::task::numa_maps;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::{MappingPolicy, Task, Vma, VmaKind};

/// Policy of the mapping at an address, not of the thread.
const MPOL_F_ADDR: u64 = 1 << 1;
const MODE_SIZE: usize = 4;
/// The kernel's own have none.
const KERNELS: [VmaKind; 3] = [VmaKind::Vdso, VmaKind::Vvar, VmaKind::Vsyscall];

/// Where the modes lie, an int for each mapping that was asked for; 0 is the default, which stays where nothing is answered.
pub(super) struct MappingPolicies {
    modes: u64,
    asked: Vec<(u64, u64)>,
}

impl MappingPolicies {
    pub(super) fn write(builder: &mut Builder, strand: u32, task: &Task) -> Self {
        let asked: Vec<_> = task
            .vmas
            .iter()
            .filter(|vma| can_have_one(vma))
            .map(|vma| (vma.start, vma.end))
            .collect();
        let modes = builder.alloc(MODE_SIZE * asked.len(), 8);
        for ((start, _), at) in asked.iter().zip((modes..).step_by(MODE_SIZE)) {
            let arguments = [
                Value::Data(at),
                0u64.into(),
                0u64.into(),
                (*start).into(),
                MPOL_F_ADDR.into(),
            ];
            builder.push(strand, Step::call(Sys::GetMempolicy, &arguments).any());
        }
        Self { modes, asked }
    }

    /// Those that are not the default.
    pub(super) fn read(&self, arena: &Arena, pid: i32) -> Result<Vec<MappingPolicy>> {
        let modes = arena
            .bytes(self.modes, MODE_SIZE * self.asked.len())
            .map_err(|error| TaskError::because("ask the task about its state", pid, error.to_string()))?;
        let own: Vec<_> = modes
            .chunks(MODE_SIZE)
            .zip(&self.asked)
            .filter(|(mode, _)| *mode != [0; MODE_SIZE])
            .map(|(_, range)| *range)
            .collect();
        if own.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("/proc/{pid}/numa_maps");
        let text = std::fs::read(&path)
            .map_err(|error| TaskError::io("read the memory policies", "read", pid, 0, &error))?;
        let mut told = numa_maps::policies(&text);
        own.into_iter()
            .map(|(start, end)| {
                let (_, policy) = told.find(|(at, _)| *at == start).ok_or_else(|| {
                    TaskError::because("read the memory policies", pid, format!("{path} lacks {start:x}"))
                })?;
                Ok(MappingPolicy { start, end, policy })
            })
            .collect()
    }
}

fn can_have_one(vma: &Vma) -> bool {
    !KERNELS.iter().any(|kind| vma.kind == *kind as i32)
}
