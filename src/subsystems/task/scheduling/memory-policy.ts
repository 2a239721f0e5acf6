// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { wrong } from '../../../model/images.js';
import type { Checks } from '../../../plan/checks.js';
import type { Data, Strand } from '../../../program/index.js';

/** In the order of MPOL_* (include/uapi/linux/mempolicy.h), as mpol_to_str() prints them. */
const MODES = ['default', 'prefer', 'bind', 'interleave', 'local', 'prefer (many)', 'weighted interleave'];
const FLAGS: Readonly<Record<string, number>> = { static: 1 << 15, relative: 1 << 14, balancing: 1 << 13 };
/** MAX_NUMNODES is 1024 at most. */
const MOST_NODES = 1024;

/** What set_mempolicy(2) takes. */
export interface MemoryPolicy {
  /** MPOL_*, with its flags. */
  readonly mode: number;
  /** Numbers of nodes, ascending. */
  readonly nodes: readonly number[];
}

/** `bind=static:0-1,4`; undefined for what is not known. */
export function parsePolicy(text: string): MemoryPolicy | undefined {
  const [, name = '', flags, list] = /^([^=:]+)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  const mode = MODES.indexOf(name);
  const bits = (flags === undefined ? [] : flags.split('|')).map((flag) => FLAGS[flag]);
  const nodes = parseNodes(list ?? '');
  if (mode < 0 || bits.includes(undefined) || !nodes) return undefined;
  return { mode: bits.reduce<number>((all, bit) => all | (bit ?? 0), mode), nodes };
}

/** `0-1,4`, as lists of nodes are printed everywhere. */
function parseNodes(list: string): number[] | undefined {
  const nodes: number[] = [];
  for (const range of list.split(',').filter((part) => part !== '')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined || Number(last) >= MOST_NODES) return undefined;
    for (let node = Number(first); node <= Number(last); node++) nodes.push(node);
  }
  return nodes;
}

/** The same of an image. @throws StasisError of kind `image` */
function policyOf(image: string, text: string): MemoryPolicy {
  const policy = parsePolicy(text);
  if (!policy) throw wrong(image, `${JSON.stringify(text)} is no memory policy`);
  return policy;
}

/** Whether this machine has memory where policies want it. `wanted`: whose, and the policy. */
export function checkNodes(checks: Checks, wanted: Iterable<readonly [object: string, policy: string]>): void {
  let here: ReadonlySet<number> | undefined;
  for (const [object, text] of wanted) {
    here ??= nodesHere();
    const lost = parsePolicy(text)?.nodes.find((node) => !here?.has(node));
    if (lost !== undefined) checks.problem({ operation: 'restore', object, cause: `this machine has no memory on node ${lost}` });
  }
}

/** Those with memory. */
function nodesHere(): ReadonlySet<number> {
  try {
    return new Set(parseNodes(readFileSync('/sys/devices/system/node/has_memory', 'latin1').trim()));
  } catch {
    return new Set();
  }
}

/** What set_mempolicy(2) and mbind(2) take of a policy: its mode, where a bit for each node is, how many bits those are. */
export function policyArguments(strand: Strand, image: string, text: string): [number, Data | number, number] {
  const { mode, nodes } = policyOf(image, text);
  if (nodes.length === 0) return [mode, 0, 0];
  const { words, bits } = nodeMask(nodes);
  return [mode, strand.words(words), bits];
}

/** As the kernel takes it: a bit for each node, in words of 64. */
export function nodeMask(nodes: readonly number[]): { readonly words: readonly bigint[]; readonly bits: number } {
  const words = Array.from({ length: MOST_NODES / 64 }, () => 0n);
  for (const node of nodes) words[node >>> 6] = (words[node >>> 6] ?? 0n) | (1n << BigInt(node & 63));
  // One more than there are: get_nodes() takes one away.
  return { words, bits: MOST_NODES + 1 };
}
