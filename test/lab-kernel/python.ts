// SPDX-License-Identifier: GPL-2.0-only
import { outcomeOf } from '../harness/stasis.js';

/** What the tests below have in common: Node has no ioctl(2). */
const PRELUDE = `
import ctypes, errno, fcntl, os, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def mount(source, target, kind, data=None):
    os.makedirs(target, exist_ok=True)
    if libc.mount(source.encode(), target.encode(), kind.encode(), 0, data and data.encode()) != 0:
        raise OSError(ctypes.get_errno(), 'mount ' + kind)
def until(what, ready):
    for _ in range(6000):
        found = ready()
        if found: return found
        time.sleep(0.01)
    raise TimeoutError(what)
def read(path):
    with open(path) as file: return file.read().strip()
def write(path, text):
    with open(path, 'w') as file: file.write(text)
`;

/** Runs a script in a mount namespace of its own. Resolves to what it printed. @throws Error with its traceback */
export async function python(script: string): Promise<string> {
  const { code, stdout, stderr } = await outcomeOf('unshare', '--mount', 'python3', '-c', PRELUDE + script);
  if (code !== 0) throw new Error(stderr || stdout || `python3 ended with ${code}`);
  return stdout.trim();
}
