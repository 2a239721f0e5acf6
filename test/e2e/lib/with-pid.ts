// SPDX-License-Identifier: GPL-2.0-only
/**
 * Python: somebody with a certain pid, by clone3(2), the leader of a session; `heir`: it ends, and leaves a child in its session.
 */
export const WITH_PID = `
import ctypes, os, signal, struct, sys
tid = ctypes.c_int(int(sys.argv[1]))
args = struct.pack("<11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tid), 1, 0)
made = ctypes.CDLL(None, use_errno=True).syscall(435, args, len(args))
if made < 0: sys.exit(os.strerror(ctypes.get_errno()))
if made == 0:
    os.setsid()
    if "heir" in sys.argv and os.fork() > 0: os._exit(0)
    os.execv("/bin/sleep", ["sleep", "1000"])
if "heir" in sys.argv: os.waitpid(made, 0)
`;
