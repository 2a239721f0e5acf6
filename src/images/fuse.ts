// SPDX-License-Identifier: LGPL-2.1-only
import { readFileSync, statfsSync } from 'node:fs';

const FUSE_SUPER_MAGIC = 0x6573_5546;

/**
 * The user who serves the file system that something is on; undefined for those that the kernel serves. Whatever such a
 * file system says of owners and modes is what that user makes it say.
 */
export function servedBy(path: string, dev: number): number | undefined {
  return statfsSync(path).type === FUSE_SUPER_MAGIC ? serverOf(readFileSync('/proc/self/mountinfo', 'utf8'), dev) : undefined;
}

/** From the text of proc_pid_mountinfo(5); `dev`: as stat(2) has it. A FUSE file system that does not tell is as good as any user's: -1. */
export function serverOf(mountinfo: string, dev: number): number {
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xf_ff00);
  const line = mountinfo.split('\n').find((each) => each.split(' ')[2] === `${major}:${minor}`);
  const user = /[ ,]user_id=(\d+)(,|$)/.exec(line ?? '')?.[1];
  return user === undefined ? -1 : Number(user);
}
