import * as z from 'zod';
import { BusySession } from './busy-session.ts';

/** A session that holds others up and waits for nobody itself, with everybody behind it. */
export const LockChain = z.object({
  root: BusySession,
  /** Sessions that wait for it, directly or behind others that do. */
  waiting: z.int().positive(),
  /** Longest way from it to one of them: 1 when all wait for it directly. */
  depth: z.int().positive(),
  longestWaitSeconds: z.number().nonnegative(),
});
export type LockChain = z.infer<typeof LockChain>;

/**
 * The roots of all queues, the one that holds up most first. A circle has no root: PostgreSQL ends one of it by itself
 * (`deadlock_timeout`).
 */
export function findLockChains(sessions: readonly BusySession[]): LockChain[] {
  const waiters = new Map<number, BusySession[]>();
  for (const session of sessions)
    for (const pid of new Set(session.blockedBy)) waiters.set(pid, [...(waiters.get(pid) ?? []), session]);
  return sessions
    .filter(({ pid, blockedBy }) => waiters.has(pid) && blockedBy.length === 0)
    .map((root) => ({ root, ...queueBehind(root.pid, waiters) }))
    .toSorted(mostHeldUpFirst);
}

/** Which transaction of which process a session is in, whatever it does now. */
export function transactionIdentity({
  pid,
  backendStart,
  transactionStart,
}: Pick<BusySession, 'pid' | 'backendStart' | 'transactionStart'>): string {
  return `${pid}/${backendStart}/${transactionStart}`;
}

/**
 * The queues of several looks: each root whose transaction still stands at the last one, with the longest queue that it was seen with.
 * Whoever holds a lock holds others up although they have just given up: they come back.
 */
export function findStandingChains(looks: readonly (readonly BusySession[])[]): LockChain[] {
  const standing = new Map((looks.at(-1) ?? []).map((session) => [transactionIdentity(session), session]));
  const longest = new Map<string, LockChain>();
  for (const chain of looks.flatMap(findLockChains)) {
    const identity = transactionIdentity(chain.root);
    const root = standing.get(identity);
    if (
      root !== undefined &&
      root.blockedBy.length === 0 &&
      chain.waiting >= (longest.get(identity)?.waiting ?? 0)
    )
      longest.set(identity, { ...chain, root });
  }
  return [...longest.values()].toSorted(mostHeldUpFirst);
}

function mostHeldUpFirst(left: LockChain, right: LockChain): number {
  return (
    right.waiting - left.waiting ||
    right.longestWaitSeconds - left.longestWaitSeconds ||
    left.root.pid - right.root.pid
  );
}

/** Walks from waiter to waiter; each counts once, however many ways lead to it. */
function queueBehind(
  rootPid: number,
  waiters: ReadonlyMap<number, readonly BusySession[]>,
): Omit<LockChain, 'root'> {
  const seen = new Map<number, BusySession>();
  let [depth, level] = [0, [rootPid]];
  for (;;) {
    const next = level
      .flatMap((pid) => waiters.get(pid) ?? [])
      .filter(({ pid }) => pid !== rootPid && !seen.has(pid));
    if (next.length === 0) break;
    for (const waiter of next) seen.set(waiter.pid, waiter);
    depth += 1;
    level = [...new Set(next.map(({ pid }) => pid))];
  }
  return {
    waiting: seen.size,
    depth,
    longestWaitSeconds: Math.max(...[...seen.values()].map(({ waitSeconds }) => waitSeconds)),
  };
}
