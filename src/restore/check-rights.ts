// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import type { CredsEntry, GhostFileEntry, ThreadCoreEntry } from '../images/generated/messages.js';
import { pages } from '../images/wire/u64.js';
import {
  CAP_BLOCK_SUSPEND,
  CAP_DAC_OVERRIDE,
  CAP_IPC_LOCK,
  CAP_NET_ADMIN,
  CAP_NET_BIND_SERVICE,
  CAP_NET_RAW,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  CAP_SYS_NICE,
  CAP_SYS_RESOURCE,
  CAP_WAKE_ALARM,
  capabilityName,
  holds,
} from '../linux/capability.js';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../linux/fcntl.js';
import { MAP_LOCKED } from '../linux/mman.js';
import { RLIMIT_MEMLOCK, RLIMIT_NICE, RLIMIT_RTPRIO } from '../linux/process.js';
import { isAlive, type LiveTask } from '../model/types.js';
import type { Checks } from '../plan/checks.js';
import type { TreePlan } from '../plan/tree.js';
import { remapsOf } from '../subsystems/files/ghosts/model.js';
import { SOL_SOCKET } from '../subsystems/network/sockets/numbers.js';
import { beyond, lackedFor } from '../subsystems/task/credentials/needs.js';
import { demands } from './check-operations.js';
import type { CompiledRestore } from './compile.js';

/** CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM */
const ALARMS = new Set([8, 9]);
/** SCHED_OTHER, SCHED_BATCH, SCHED_IDLE: no priority above all others. */
const ORDINARY = new Set([0, 3, 5]);
const SCHED_DEADLINE = 6;
/** Options of sockets that others may not turn on (`sk_setsockopt`, net/core/sock.c). */
const PRIVILEGED = new Map([
  [1, 'SO_DEBUG'],
  [46, 'SO_BUSY_POLL'],
  [69, 'SO_PREFER_BUSY_POLL'],
  [75, 'SO_RCVMARK'],
]);
const SCHED_POLICY = 0xff;
/** TC_PRIO_INTERACTIVE: what anybody may set. */
const MOST_PRIORITY = 6;
const EPOLLWAKEUP = 1 << 29;
/** NAPI_POLL_WEIGHT: the budget that any epoll may have, two bytes behind the time of four in struct epoll_params. */
const MOST_BUDGET = 64;

/**
 * Whether somebody with the rights that we have could give the tree all that it has. Told before a tree is killed only: a
 * restore finds out by trying, and harms nobody.
 */
export function checkRights({ plan, arena }: CompiledRestore, checks: Checks): void {
  const rights = new Rights(plan, checks);
  for (const task of plan.model.tasks.filter(isAlive)) rights.ofTask(task);
  rights.ofSockets();
  rights.ofMessages();
  rights.ofFiles();
  for (const { capability, object, cause } of demands(arena, plan.host)) rights.needs(capability, object, cause);
}

class Rights {
  private readonly judged = new Set<CredsEntry>();
  /** Ours. */
  private readonly niceness = getPriority();

  constructor(
    private readonly plan: TreePlan,
    private readonly checks: Checks,
  ) {}

  ofTask(task: LiveTask): void {
    const { pid, comm, tc, threads, alive } = task;
    const { host } = this.plan;
    const who = `pid ${pid} (${comm})`;
    for (const { tid, core } of threads) {
      const thread = tid === pid ? who : `thread ${tid} of ${who}`;
      this.ofCredentials(thread, core.creds);
      this.ofScheduling(thread, core);
    }
    if ((tc.oom_score_adj ?? host.oomScoreAdj) < host.oomScoreAdj)
      this.needs(CAP_SYS_RESOURCE, who, `its oom_score_adj is ${tc.oom_score_adj}, ours is ${host.oomScoreAdj}`);
    const locked = alive.mm.vmas.reduce((sum, vma) => sum + (vma.flags & MAP_LOCKED ? pages(vma.end) - pages(vma.start) : 0), 0);
    if (BigInt(locked) > this.limit(RLIMIT_MEMLOCK)) this.needs(CAP_IPC_LOCK, who, `it has locked ${locked} bytes of memory`);
    const clocks = (tc.timers?.posix ?? []).map(({ clock_id }) => clock_id);
    if (clocks.some((clock) => ALARMS.has(clock))) this.needs(CAP_WAKE_ALARM, who, 'it has a timer that wakes the machine');
  }

  ofSockets(): void {
    const lowest = Number(textOf('/proc/sys/net/ipv4/ip_unprivileged_port_start', '1024'));
    const most = {
      snd: Number(textOf('/proc/sys/net/core/wmem_max', '0')),
      rcv: Number(textOf('/proc/sys/net/core/rmem_max', '0')),
    };
    for (const { id, isk, usk, tfd } of this.plan.model.files.values()) {
      if (tfd && ALARMS.has(tfd.clockid)) this.needs(CAP_WAKE_ALARM, `timerfd ${id}`, 'its clock wakes the machine');
      if (isk?.src_port && isk.src_port < lowest)
        this.needs(CAP_NET_BIND_SERVICE, `socket at port ${isk.src_port}`, `ports below ${lowest} are for the privileged`);
      const opts = (isk ?? usk)?.opts;
      if (!opts) continue;
      // Sizes that a program asked for; others the kernel lets grow as they did.
      const lock = opts.so_buf_lock ?? 0;
      const large = (lock & 1 && opts.so_sndbuf >> 1 > most.snd) || (lock & 2 && opts.so_rcvbuf >> 1 > most.rcv);
      if (large) this.needs(CAP_NET_ADMIN, `socket ${id}`, 'its buffers are larger than net.core.wmem_max or rmem_max');
      if (opts.so_priority && (opts.so_priority < 0 || opts.so_priority > MOST_PRIORITY) && !this.has(CAP_NET_RAW))
        this.needs(CAP_NET_ADMIN, `socket ${id}`, `its priority is ${opts.so_priority}`);
      if (isk?.ip_opts?.transparent && !this.has(CAP_NET_RAW))
        this.needs(CAP_NET_ADMIN, `socket ${id}`, 'it takes connections to addresses of others (IP_TRANSPARENT)');
      if (opts.so_mark) this.needs(CAP_NET_ADMIN, `socket ${id}`, `its mark is ${opts.so_mark}`);
      const rare = opts.more.find(({ level, name, value }) => level === SOL_SOCKET && value !== 0 && PRIVILEGED.has(name));
      if (rare) this.needs(CAP_NET_ADMIN, `socket ${id}`, `it has option ${PRIVILEGED.get(rare.name)}`);
    }
  }

  /** Messages that bear the credentials of their sender: the root sends them again (`scm_check_creds`, net/core/scm.c). */
  ofMessages(): void {
    const { model, images, host } = this.plan;
    for (const { id_for, cred_pid, cred_uid = 0, cred_gid = 0 } of images.list('SK_QUEUES')) {
      if (cred_pid === undefined) continue;
      const object = `unread message of socket ${id_for}`;
      if (cred_pid !== model.root.pid) this.needs(CAP_SYS_ADMIN, object, `it bears the pid of its sender, ${cred_pid}`);
      if (!host.uids.includes(cred_uid)) this.needs(CAP_SETUID, object, `it bears the user of its sender, ${cred_uid}`);
      if (!host.gids.includes(cred_gid)) this.needs(CAP_SETGID, object, `it bears the group of its sender, ${cred_gid}`);
    }
  }

  /** Deleted files come back with owner and mode before they are opened; an epoll may keep the machine awake. */
  ofFiles(): void {
    const { model } = this.plan;
    for (const [file, { path, entry, size }] of remapsOf(model).ghosts) {
      const flags = model.files.get(file)?.reg?.flags ?? O_RDONLY;
      if (!this.mayOpen(entry, flags, size > 0))
        this.needs(
          CAP_DAC_OVERRIDE,
          `deleted file ${Buffer.from(path, 'latin1').toString()}`,
          'its mode does not let us open it',
        );
    }
    for (const { id, epfd } of model.files.values()) {
      if (epfd?.tfd.some(({ events }) => events & EPOLLWAKEUP))
        this.needs(CAP_BLOCK_SUSPEND, `epoll ${id}`, 'it keeps the machine awake (EPOLLWAKEUP)');
      const budget = Buffer.from(epfd?.busy_polling ?? []).subarray(4, 6);
      if (budget.length === 2 && budget.readUInt16LE() > MOST_BUDGET)
        this.needs(CAP_NET_ADMIN, `epoll ${id}`, `it polls for ${budget.readUInt16LE()} packets at a time`);
    }
  }

  /** `filled`: we write the content, too. */
  private mayOpen({ uid, gid, mode }: GhostFileEntry, flags: number, filled: boolean): boolean {
    if (flags & O_PATH && !filled) return true;
    const { uids, gids, groups } = this.plan.host;
    const shift = uid === uids.at(-1) ? 6 : gid === gids.at(-1) || groups.includes(gid) ? 3 : 0;
    const access = flags & O_ACCMODE;
    const wanted = (access === O_WRONLY ? 0 : 4) | (access === O_RDONLY && !filled ? 0 : 2);
    return ((mode >> shift) & wanted) === wanted;
  }

  private has(capability: number): boolean {
    return holds(this.plan.host.capabilities, capability);
  }

  /** Most threads share theirs. */
  private ofCredentials(object: string, creds: CredsEntry | undefined): void {
    if (!creds || this.judged.has(creds)) return;
    this.judged.add(creds);
    const { host } = this.plan;
    for (const cause of lackedFor(creds, host)) this.problem(object, cause);
    const lacking = beyond(creds, host).map(capabilityName);
    if (lacking.length > 0) this.problem(object, `it has ${lacking.join(', ')}, which we have not`);
  }

  private ofScheduling(object: string, { sched_policy = 0, sched_nice = 0, sched_prio = 0 }: ThreadCoreEntry): void {
    const policy = sched_policy & SCHED_POLICY;
    if (policy === SCHED_DEADLINE || (!ORDINARY.has(policy) && BigInt(sched_prio) > this.limit(RLIMIT_RTPRIO)))
      this.needs(CAP_SYS_NICE, object, 'it is scheduled before all others');
    if (sched_nice < this.niceness && BigInt(20 - sched_nice) > this.limit(RLIMIT_NICE))
      this.needs(CAP_SYS_NICE, object, `its niceness is ${sched_nice}`);
  }

  private limit(resource: number): bigint {
    return this.plan.host.limits[resource]?.soft ?? 0n;
  }

  needs(capability: number, object: string, cause: string): void {
    if (!this.has(capability)) this.problem(object, `${cause}: that needs ${capabilityName(capability)}, which we have not`);
  }

  private problem(object: string, cause: string): void {
    this.checks.problem({ operation: 'restore', object, cause, hint: 'dump with the capabilities that a restore will have' });
  }
}

function textOf(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return otherwise;
  }
}
