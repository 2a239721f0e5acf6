// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSound, decodeRecords, encodeRecords, kindOfName, openImages } from '../../src/images/index.js';
import { decodeText, encodeText, renderImages, showImages, verifyImages } from '../../src/images/tools.js';
import { needing } from '../harness/needs.js';
import { withScratch } from '../unit/images/scratch.js';

const test = needing({ root: true, tool: 'STASIS_PEER', programs: ['python3'] });

/** Holds one of most things that CRIU has an image for, and ends when it is asked for a proof that it lives. */
const PROGRAM = `
import os, socket, mmap, threading, time, signal, select, sys
a, b = socket.socketpair(); a.send(b'queued bytes')
r, w = os.pipe(); os.write(w, b'pipe bytes')
shared = mmap.mmap(-1, 65536); shared[0:6] = b'shared'
ghost = open('ghost', 'w+'); ghost.write('ghost bytes'); ghost.flush(); os.unlink('ghost')
memory = os.memfd_create('memory'); os.write(memory, b'memory bytes')
listener = socket.socket(socket.AF_UNIX); listener.bind('\\0stasis-peer-%d' % os.getpid()); listener.listen(3)
tcp = socket.socket(); tcp.bind(('127.0.0.1', 0)); tcp.listen(5)
epoll = select.epoll(); epoll.register(r, select.EPOLLIN)
master, slave = os.openpty()
threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()
signal.setitimer(signal.ITIMER_REAL, 1000, 5)
open('ready', 'w').write('ready')
while not os.path.exists('go'): time.sleep(0.05)
open('proof', 'wb').write(os.read(r, 100) + b.recv(100) + shared[0:6] + os.pread(ghost.fileno(), 100, 0))
os._exit(0)
`;

async function appears(path: string): Promise<Buffer> {
  for (let attempt = 0; ; attempt++) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes && bytes.length > 0) return bytes;
    if (attempt === 400) throw new Error(`${path} does not appear`);
    await sleep(25);
  }
}

test('we read what CRIU writes, and CRIU restores what we write again', async (t) => {
  await withScratch(async (path) => {
    const peer = process.env['STASIS_PEER'] as string;
    const [dumped, rewritten] = [join(path, 'dumped'), join(path, 'rewritten')];
    await mkdir(dumped);
    await mkdir(rewritten);
    const child = spawn('python3', ['-c', PROGRAM], { cwd: path, detached: true, stdio: 'ignore' });
    const exit = once(child, 'exit');
    await appears(join(path, 'ready'));
    const pid = child.pid as number;
    execFileSync(peer, ['dump', '-t', String(pid), '-D', dumped, '-v0'], { stdio: 'pipe' });
    await exit;

    const images = await openImages(dumped, { acceptUnsealed: true });
    assertSound(images);
    t.deepEqual((await verifyImages(dumped)).problems, []);
    t.is(images.all('PSTREE')[0]?.pid, pid);
    t.is(images.records('pipes-data.img').records[0]?.payload?.toString(), 'pipe bytes');
    t.is(images.records('sk-queues.img').records[0]?.payload?.toString(), 'queued bytes');
    t.is(images.records('ghost-file-1.img').records[0]?.payload?.toString(), 'ghost bytes');
    t.true(images.all('MEMFD_INODE').some((entry) => entry.name === 'memory' && entry.size === 12));
    t.true(images.pagemap(pid).runs.length > 10);
    t.regex(renderImages(await showImages(dumped)), /1 tasks, 2 threads/);

    for (const name of await readdir(dumped)) {
      const bytes = await readFile(join(dumped, name));
      const kind = kindOfName(name);
      if (kind === undefined) continue;
      await writeFile(join(rewritten, name), kind === 'raw' ? bytes : again(name, bytes));
      if (kind !== 'raw') t.deepEqual(again(name, bytes), bytes, name);
    }
    execFileSync(peer, ['restore', '-d', '-D', rewritten, '-v0'], { stdio: 'pipe' });
    await writeFile(join(path, 'go'), '');
    t.is((await appears(join(path, 'proof'))).toString(), 'pipe bytesqueued bytessharedghost bytes');
  });
});

/** Through objects, and through JSON: both must give the same bytes. */
function again(name: string, bytes: Buffer): Buffer {
  const { kind, records } = decodeRecords(name, bytes);
  const encoded = encodeRecords(kind, records);
  const texts = [decodeText(name, bytes), decodeText(name, bytes, { pretty: true })];
  if (!texts.every((text) => encodeText(name, text).equals(encoded))) throw new Error(`${name} does not survive JSON`);
  return encoded;
}
