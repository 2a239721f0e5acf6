// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import type { CoreEntry } from '../generated/messages.js';
import { KINDS, kindOfName } from '../kinds.js';
import type { Findings } from './findings.js';

/** Sizes of register files. Apart from the other rules: a restore leaves the opening of registers to the native side. */
export function checkRegisters(images: ImageDirectory, findings: Findings): void {
  for (const name of images.names()) {
    if (kindOfName(name) !== KINDS.CORE) continue;
    const core = findings.attempt(() => images.records(name))?.records[0]?.message as CoreEntry | undefined;
    const { st_space, xmm_space } = core?.thread_info?.fpregs ?? {};
    findings.expect((st_space?.length ?? 32) >= 32, name, `${st_space?.length} words of floating-point registers instead of 32`);
    findings.expect((xmm_space?.length ?? 64) >= 64, name, `${xmm_space?.length} words of vector registers instead of 64`);
    const regs = core?.ti_aarch64?.gpregs.regs.length ?? 31;
    findings.expect(regs === 31, name, `${regs} registers instead of 31`);
  }
}
