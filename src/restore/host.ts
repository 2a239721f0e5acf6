// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { decodeHost } from '../facts/generated.js';
import { FactsReader } from '../facts/reader.js';
import { RLIM_INFINITY } from '../linux/process.js';
import { LIMITS } from '../linux/rlimit.js';
import type { NativeApi } from '../native/contract.js';
import type { RestoreHost } from '../plan/tree.js';

/** PR_TIMER_CREATE_RESTORE_IDS. */
const TIMER_IDS_SINCE = [6, 16] as const;

/** What the plan has to know of where it will run. */
export function restoreHost(native: NativeApi): RestoreHost {
  const buffer = native.hostFacts();
  const facts = decodeHost(new FactsReader(buffer), buffer.length);
  const status = readFileSync('/proc/self/status', 'latin1');
  return {
    facts,
    callerGroup: processGroup(readFileSync('/proc/self/stat', 'latin1')),
    limits: limits(readFileSync('/proc/self/limits', 'latin1')),
    oomScoreAdj: Number(readFileSync('/proc/self/oom_score_adj', 'latin1')),
    coredumpFilter: Number.parseInt(readFileSync('/proc/self/coredump_filter', 'latin1'), 16),
    capabilities: capabilities(status, 'CapEff'),
    noNewPrivs: numbers(status, 'NoNewPrivs')[0] === 1,
    seccomp: (numbers(status, 'Seccomp')[0] ?? 0) !== 0,
    uids: numbers(status, 'Uid'),
    gids: numbers(status, 'Gid'),
    groups: numbers(status, 'Groups').sort((a, b) => a - b),
    boundingSet: members(capabilities(status, 'CapBnd')),
    cgroups: readFileSync('/proc/self/cgroup', 'utf8').trimEnd().split('\n'),
    features: {
      timerRestoreIds: atLeast(facts.release, TIMER_IDS_SINCE),
      userfaultfd: true,
    },
  };
}

/** Field 5, behind a name that may hold anything. */
function processGroup(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function limits(text: string): RestoreHost['limits'] {
  const rows = text.split('\n');
  const value = (word = ''): bigint => (word === 'unlimited' ? RLIM_INFINITY : BigInt(word));
  return LIMITS.map(([label]) => {
    const [soft, hard] =
      rows
        .find((row) => row.startsWith(label))
        ?.slice(label.length)
        .trim()
        .split(/\s+/) ?? [];
    return { soft: value(soft), hard: value(hard) };
  });
}

function capabilities(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
}

function numbers(status: string, name: string): number[] {
  return (new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
}

function members(set: bigint): number[] {
  return Array.from({ length: 64 }, (_, cap) => cap).filter((cap) => (set >> BigInt(cap)) & 1n);
}

function atLeast(release: string, [major, minor]: readonly [number, number]): boolean {
  const [haveMajor = 0, haveMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
