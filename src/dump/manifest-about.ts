// SPDX-License-Identifier: GPL-2.0-only
import type { Path } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';
import type { Input } from '../images/codec.js';
import type { Manifest } from '../images/generated/messages.js';

/** What stasis.img tells beside names, sizes and checksums. */
export function aboutOf(facts: Facts, toolVersion: string): Input<Omit<Manifest, 'version' | 'files'>> {
  const { host } = facts.survey;
  const sizes = host?.vdso.map(({ start, end }) => end - start) ?? [];
  return {
    kernel_release: host?.release,
    machine: host?.machine,
    tool: `stasis ${toolVersion}`,
    vdso: host && { sha256: host.vdsoSha256, size: sizes.reduce((sum, size) => sum + size, 0), mappings: host.vdso },
    executables: [...facts.files.specials()]
      .filter(({ path }) => path.buildId.length > 0)
      .map(({ id, path }) => executable(id, path)),
    dumped_at_ns: BigInt(Date.now()) * 1_000_000n,
  };
}

function executable(id: number, path: Path): Input<Manifest['executables'][number]> {
  return {
    path: new TextDecoder().decode(path.path),
    size: path.size,
    mtime_ns: BigInt(path.mtimeNs),
    build_id: path.buildId,
    file_id: id,
  };
}
