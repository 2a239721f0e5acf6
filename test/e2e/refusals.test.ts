// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dump, inspect, StasisError } from '../../src/index.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { Counter } from './lib/counter.js';
import { isTraced } from './lib/dump-process.js';
import { scratch } from './lib/scratch.js';

/** What is not supported is refused before the target is touched: the error names the task, the object and its kind. */
const test = needing({ root: true, programs: ['python3'] });

interface Unsupported {
  readonly what: string;
  /** Makes it, and says in `object` how the error must name it. */
  readonly code: string;
  readonly kind: RegExp;
  /** Takes back what would outlive the process. */
  readonly after?: (object: string) => unknown;
  /** Only the task itself can tell: `inspect`, which does not touch it, cannot foretell it. */
  readonly inside?: boolean;
  /** It opens a terminal, whose number a restore may be about to need. */
  readonly terminal?: true;
}

const FD = 'object = f"fd {fd}"';

const UNSUPPORTED: readonly Unsupported[] = [
  {
    what: 'an established TCP connection',
    code: `s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1)
c = socket.create_connection(s.getsockname()); a = s.accept()[0]; held += [s, c, a]; object = f"fd {c.fileno()}"`,
    kind: /TCP/,
  },
  { what: 'inotify', code: `fd = call(294, 0); ${FD}`, kind: /inotify/ },
  { what: 'fanotify', code: `fd = call(300, 0, 0); ${FD}`, kind: /fanotify/ },
  { what: 'io_uring', code: `fd = call(425, 8, ctypes.create_string_buffer(120)); ${FD}`, kind: /io_uring/ },
  { what: 'a userfaultfd', code: `fd = call(323, 0); ${FD}`, kind: /userfaultfd/ },
  { what: 'a pidfd', code: `fd = call(434, os.getppid(), 0); ${FD}`, kind: /pidfd/ },
  {
    what: 'a perf event',
    code: `b = ctypes.create_string_buffer(128); b[0] = 1; b[4] = 128; fd = call(298, b, 0, -1, -1, 0); ${FD}`,
    kind: /perf/,
  },
  {
    what: 'a netlink socket',
    code: `s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); held += [s]; fd = s.fileno(); ${FD}`,
    kind: /netlink/i,
  },
  {
    what: 'a raw socket',
    code: `s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); held += [s]; fd = s.fileno(); ${FD}`,
    kind: /raw/i,
  },
  {
    what: 'a packet socket',
    code: `s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3); held += [s]; fd = s.fileno(); ${FD}`,
    kind: /packet/i,
  },
  {
    what: 'a TCP listener with keys',
    code: `s = socket.socket(); s.bind(('127.0.0.1', 0)); peer = (2).to_bytes(2, 'little') + bytes([0, 0, 127, 0, 0, 1]) + bytes(120)
s.setsockopt(6, 14, peer + bytes([0, 0, 3, 0, 0, 0, 0, 0]) + b'key' + bytes(77)); s.listen(1); held += [s]; fd = s.fileno(); ${FD}`,
    kind: /listener with keys/,
  },
  {
    what: 'a UDP socket with half a datagram',
    code: `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 9)); s.send(b'half', socket.MSG_MORE)
held += [s]; fd = s.fileno(); ${FD}`,
    kind: /unsent/,
  },
  {
    what: 'a terminal with a line discipline of another kind',
    code: `import fcntl, pty; m, fd = pty.openpty(); fcntl.ioctl(fd, 0x5423, (27).to_bytes(4, 'little')); ${FD}`,
    kind: /line discipline/,
    terminal: true,
  },
  {
    what: 'a working directory that a mount covers',
    code: `import tempfile, subprocess; path = tempfile.mkdtemp(); os.chdir(path)
subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', path], check=True); object = 'working directory'`,
    kind: /hidden/,
  },
  {
    // Buffers of 256 bytes that it had before are beyond its limit.
    what: 'a terminal with more unread than a new one takes',
    code: `import pty, tty, select
fd, s = pty.openpty(); tty.setraw(s); held += [fd, s]; os.set_blocking(s, False); os.set_blocking(fd, False)
def fill(size):
    stalls = 0
    while stalls < 20:
        try: os.write(s, bytes(size))
        except BlockingIOError: stalls += 1; select.select([], [], [], 0.005)
fill(256)
while select.select([fd], [], [], 0.1)[0]: os.read(fd, 65536)
fill(1792); fill(256)
${FD}`,
    kind: /terminal/,
    terminal: true,
  },
  {
    what: 'syscall user dispatch',
    code: `sel = ctypes.create_string_buffer(1); held += [sel]
call(157, 59, 1, 0, 0, sel); object = f"thread {os.getpid()}"`,
    kind: /dispatch/,
  },
  {
    what: 'a local descriptor table',
    code: `desc = b''.join(n.to_bytes(4, 'little') for n in (3, 4096, 4095, 0x51)); call(154, 0x11, desc, 16)
object = f"pid {os.getpid()}"`,
    kind: /local descriptor table/,
    inside: true,
  },
  {
    what: 'a POSIX timer of a thread that has ended',
    code: `import threading; end = threading.Event(); t = threading.Thread(target=end.wait); t.start()
word = lambda value: value.to_bytes(4, 'little')
event = ctypes.create_string_buffer(bytes(8) + word(10) + word(4) + word(t.native_id) + bytes(44))
call(222, 1, event, ctypes.create_string_buffer(4)); end.set(); t.join(); object = 'POSIX timer 0'`,
    kind: /timer/,
  },
  {
    what: 'what is unread in a pipe that nobody reads, if to look at it would send a signal',
    code: `import fcntl; r, fd = os.pipe(); os.write(fd, b'x'); os.close(r); fcntl.fcntl(fd, fcntl.F_SETFL, 0o20000); ${FD}`,
    kind: /unread data/,
  },
  {
    what: 'a deleted file with extended attributes',
    code: `import tempfile; fd, at = tempfile.mkstemp(); os.setxattr(fd, 'user.stasis', b'1'); os.unlink(at); ${FD}`,
    kind: /extended attributes \(user\.stasis\)/,
  },
  {
    what: 'a memfd with extended attributes',
    code: `fd = os.memfd_create('x'); os.setxattr(fd, 'trusted.stasis', b'1'); ${FD}`,
    kind: /extended attributes: it has trusted\.stasis/,
  },
  { what: 'a device', code: `fd = os.open("/dev/kmsg", os.O_RDONLY); ${FD}`, kind: /device/ },
  { what: 'a secret memory area', code: `fd = call(447, 0); ${FD}`, kind: /secret/ },
  { what: 'an AIO context', code: 'b = ctypes.create_string_buffer(8); call(206, 8, b)', kind: /aio|asynchronous/i },
  {
    what: 'System V shared memory',
    code: `libc.shmat.restype = ctypes.c_void_p; n = libc.shmget(0, 4096, 0o1600); at = libc.shmat(n, None, 0); libc.shmctl(n, 0, None)
object = f"{at:x}"`,
    kind: /system v|sysv/i,
  },
  {
    what: 'semaphores to be given back (SEM_UNDO)',
    code: 'n = call(64, 0, 1, 0o600); call(65, n, b"\\0\\0\\1\\0\\0\\x10", 1); object = f"semaphore set {n}"',
    kind: /SEM_UNDO/,
    after: (object) => execFileSync('ipcrm', ['-s', object.split(' ').at(-1) as string]),
  },
  {
    what: 'a POSIX message queue',
    code: `fd = call(240, b"stasis-refused", 0o102, 0o600, None); call(241, b"stasis-refused"); ${FD}`,
    kind: /message queue/,
  },
  {
    what: 'a mount that is nowhere yet',
    code: `c = call(430, b"tmpfs", 0); call(431, c, 6, None, None, 0); fd = call(432, c, 0, 0); os.close(c); ${FD}`,
    kind: /detached mount/,
  },
  {
    what: 'a path that no call takes',
    code: `import tempfile; at = tempfile.mkdtemp(); folders = [os.open(at, os.O_RDONLY)]; name = 'd' * 200
for i in range(30): os.mkdir(name, dir_fd=folders[-1]); folders.append(os.open(name, os.O_RDONLY, dir_fd=folders[-1]))
fd = folders.pop()
for folder in reversed(folders): os.rmdir(name, dir_fd=folder); os.close(folder)
os.rmdir(at); ${FD}`,
    kind: /long path/,
  },
  {
    what: 'a seccomp filter',
    code: `f = ctypes.create_string_buffer(bytes([6, 0, 0, 0, 0, 0, 255, 127]), 8)
class P(ctypes.Structure): _fields_ = [("n", ctypes.c_ushort), ("f", ctypes.c_void_p)]
held += [f]; call(157, 38, 1, 0, 0, 0); call(317, 1, 0, ctypes.byref(P(1, ctypes.addressof(f))))`,
    kind: /seccomp/,
  },
  { what: 'a UTS namespace of its own', code: 'call(272, 0x04000000)', kind: /namespace/ },
  { what: 'a network namespace of its own', code: 'call(272, 0x40000000)', kind: /namespace/ },
  { what: 'a mount namespace of its own', code: 'call(272, 0x00020000)', kind: /namespace/ },
  { what: 'a pid namespace for its children', code: 'call(272, 0x20000000)', kind: /namespace/ },
  ...[
    ['network', 'net', 0x4000_0000],
    ['UTS', 'uts', 0x0400_0000],
  ].map(([what, kind, flag]) => ({
    what: `a thread in another ${what} namespace`,
    code: `import threading; here = threading.Event()
def leave(): call(272, ${flag}); here.set(); libc.pause()
t = threading.Thread(target=leave, daemon=True); t.start(); here.wait(); object = f"thread {t.native_id}"`,
    kind: new RegExp(`${kind} namespace`),
  })),
  { what: 'a time namespace for its children', code: 'call(272, 0x00000080)', kind: /namespace/ },
  {
    what: 'memory of a device',
    code: `import mmap; fd = os.open("/dev/mem", os.O_RDONLY); m = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ); held += [m]; ${FD}`,
    kind: /device/,
  },
];

for (const { what, code, kind, after, inside, terminal } of UNSUPPORTED) {
  test(`refused: ${what}`, async (t) => {
    if (terminal) await alone(t, 'terminals');
    const folder = scratch(t);
    const counter = new Counter(t, folder, code);
    const object = await counter.ready();
    if (object.startsWith('skip: ')) {
      t.log(`this machine does not have it (${object.slice(6)})`);
      t.pass();
      return;
    }
    if (after) t.teardown(() => after(object));
    const error = await dump({ pid: counter.pid, imagesDir: join(folder, 'images') }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof StasisError)) return t.fail(`${error ?? 'dumped all the same'}`);
    t.is(error.kind, 'unsupported', error.message);
    t.regex(error.message, new RegExp(`pid ${counter.pid} \\(python3\\)`));
    t.regex(error.message, kind);
    t.true(error.message.includes(object), `${error.message} does not name ${object}`);
    t.log(error.message);

    t.false(isTraced(counter.pid));
    await counter.counts();
    t.deepEqual(readdirSync(folder), ['counter'], 'something is left at the destination');
    const { refusals } = await inspect(counter.pid);
    if (!inside) t.true(refusals.length > 0, 'inspect does not foretell it');
    await counter.counts();
  });
}
