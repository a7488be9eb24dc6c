import * as z from 'zod';
import { BusySession } from './busy-session.ts';
import { findLockChains, transactionIdentity } from './lock-chains.ts';

/** A name, or the beginning of one in front of a `*`. */
const Pattern = z.string().regex(/^[^*]*\*?$/, 'may have a * at its end alone');

/** What a session does that slows others down. */
const SlowingWork = z.enum(['blocking', 'idle-in-transaction', 'long-query']);
type SlowingWork = z.infer<typeof SlowingWork>;

/** Lets sessions be ended that do one thing for too long. */
const SessionRule = z.strictObject({
  /** `blocking`: others wait for it. `idle-in-transaction`: it does nothing and holds its locks. `long-query`: its statement runs on. */
  when: SlowingWork,
  /** From how many seconds on: of its transaction, of doing nothing, of its statement. */
  seconds: z.number().min(1).max(86_400),
  /** Only sessions of these users; of all when left out. */
  users: z.array(Pattern).min(1).optional(),
  /** Only sessions of these applications (`application_name`); of all when left out. */
  applications: z.array(Pattern).min(1).optional(),
});

/** Whom a degraded database may be freed of. What no rule names is left alone, and what is protected in any case. */
export const SessionPolicy = z.strictObject({
  /** At most so many sessions are ended by one recovery; 0: none ever. */
  limit: z.int().min(0).max(20).default(10),
  rules: z.array(SessionRule).default([
    // Nobody waits longer for a lock in ordinary trading (SOP P1: latency above one second).
    { when: 'blocking', seconds: 2 },
    { when: 'idle-in-transaction', seconds: 60 },
    // No statement of a trading platform runs so long; a report that does belongs on a replica.
    { when: 'long-query', seconds: 60 },
  ]),
  protectedUsers: z.array(Pattern).default([]),
  /** A backup that is ended has to begin again. */
  protectedApplications: z.array(Pattern).default(['pg_dump', 'pg_basebackup']),
});
export type SessionPolicy = z.infer<typeof SessionPolicy>;

/** A session that slows others down, and by what. */
export const SlowingSession = BusySession.extend({
  work: SlowingWork,
  /** For how long, as its rule counts. */
  seconds: z.number().nonnegative(),
  /** Sessions that wait for it. */
  holdsUp: z.int().nonnegative(),
});
export type SlowingSession = z.infer<typeof SlowingSession>;

/** One that is left alone although it slows others down, and why. */
export const LeftSession = SlowingSession.extend({ reason: z.string() });
export type LeftSession = z.infer<typeof LeftSession>;

/** Never ended, whatever the configuration says. */
const NEVER_ENDED: Partial<Record<BusySession['kind'], string>> = {
  superuser: 'superusers are not the recovery’s to end, and PostgreSQL would refuse',
  recovery: 'it is the recovery itself',
  rds: 'it is RDS itself',
  replication: 'it is replication: a standby would fall behind',
  autovacuum: 'autovacuum gives way by itself',
  'wraparound-vacuum': 'it is the vacuum that keeps transaction numbers from running out',
  'prepared-transaction': 'only who prepared it knows whether to COMMIT PREPARED or ROLLBACK PREPARED',
  'server-process': 'it is a process of the server',
};

/** What is to be done about the sessions. */
export interface SessionDecision {
  /** To be ended, in this order. */
  readonly end: readonly SlowingSession[];
  /** What policy forbids to end: people are told. */
  readonly leave: readonly LeftSession[];
}

/** A session that was found slow before. */
export interface Suspect extends Pick<BusySession, 'pid' | 'backendStart' | 'transactionStart'> {
  /** Sessions that waited for it then. */
  readonly heldUp: number;
}

/**
 * SOP `database_optimization`: whose end lets the others go on, as far as the policy allows. Roots of lock queues come first, then
 * forgotten transactions, then statements that run on. Whoever waits is never ended: it would help nobody.
 * @param suspects who was found slow before, and still is in the same transaction; who held others up in it holds their lock still, also
 *   in the moment in which they have given up and are not back. Nobody else is: who waited behind another one until a moment ago looks
 *   old, and works.
 */
export function decideSessions(
  sessions: readonly BusySession[],
  policy: SessionPolicy,
  suspects: readonly Suspect[],
): SessionDecision {
  const heldUp = new Map<string, number>();
  for (const suspect of suspects) {
    const identity = transactionIdentity(suspect);
    heldUp.set(identity, Math.max(suspect.heldUp, heldUp.get(identity) ?? 0));
  }
  const end: SlowingSession[] = [];
  const leave: LeftSession[] = [];
  for (const session of slowingSessions(sessions, policy, heldUp)) {
    const reason = whyLeft(session, policy) ?? (end.length < policy.limit ? undefined : tooMany(policy));
    if (reason === undefined) end.push(session);
    else leave.push({ ...session, reason });
  }
  return { end, leave };
}

function slowingSessions(
  sessions: readonly BusySession[],
  policy: SessionPolicy,
  heldUp: ReadonlyMap<string, number>,
): SlowingSession[] {
  const waiting = new Map(findLockChains(sessions).map((chain) => [chain.root.pid, chain.waiting]));
  // How long one waits says little: most clients give up after a second or two, and come back.
  const free = sessions
    .filter((session) => session.blockedBy.length === 0 && heldUp.has(transactionIdentity(session)))
    .map((session) => ({
      session,
      holdsUp: Math.max(waiting.get(session.pid) ?? 0, heldUp.get(transactionIdentity(session)) ?? 0),
    }));
  const blocking = free
    .filter(({ holdsUp }) => holdsUp > 0)
    .toSorted((left, right) => right.holdsUp - left.holdsUp)
    .map(({ session, holdsUp }) => slowing(session, 'blocking', session.transactionSeconds, holdsUp));
  const others = free.filter(({ holdsUp }) => holdsUp === 0).map(({ session }) => session);
  const forgotten = others
    .filter(({ state }) => state.startsWith('idle in transaction'))
    .map((session) => slowing(session, 'idle-in-transaction', session.stateSeconds, 0));
  const long = others
    .filter(({ state, kind }) => state === 'active' && (kind === 'client' || kind === 'superuser'))
    .map((session) => slowing(session, 'long-query', session.querySeconds, 0));
  const oldestFirst = (left: SlowingSession, right: SlowingSession) => right.seconds - left.seconds;
  return [...blocking, ...forgotten.toSorted(oldestFirst), ...long.toSorted(oldestFirst)].filter(
    ({ work, seconds }) => seconds >= patience(policy, work),
  );
}

function slowing(session: BusySession, work: SlowingWork, seconds: number, holdsUp: number): SlowingSession {
  return { ...session, work, seconds, holdsUp };
}

/** From when on a session is worth a word: the shortest time of any rule, or, where no rule knows the work, what the SOP tolerates. */
function patience({ rules }: SessionPolicy, work: SlowingWork): number {
  const seconds = rules.filter(({ when }) => when === work).map((rule) => rule.seconds);
  return seconds.length === 0 ? (work === 'blocking' ? 2 : 60) : Math.min(...seconds);
}

function whyLeft(session: SlowingSession, policy: SessionPolicy): string | undefined {
  const { kind, user, application, work, seconds } = session;
  const never = NEVER_ENDED[kind];
  if (never !== undefined) return never;
  if (policy.protectedUsers.some((pattern) => matches(user, pattern))) return `protectedUsers names ${user}`;
  if (policy.protectedApplications.some((pattern) => matches(application, pattern)))
    return `protectedApplications names ${application}`;
  const allowed = policy.rules.some(
    (rule) =>
      rule.when === work &&
      seconds >= rule.seconds &&
      (rule.users?.some((pattern) => matches(user, pattern)) ?? true) &&
      (rule.applications?.some((pattern) => matches(application, pattern)) ?? true),
  );
  return allowed
    ? undefined
    : `no rule lets a session of ${user} (${application || 'no name'}) be ended for ${work}`;
}

function tooMany({ limit }: SessionPolicy): string {
  return `limit: ${limit} sessions at most are ended by one recovery`;
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Who a session is and what it does, in words. */
export function sessionText({
  pid,
  user,
  application,
  work,
  seconds,
  holdsUp,
  query,
}: SlowingSession): string {
  const does = {
    blocking: `holds ${holdsUp} up in a transaction of ${Math.round(seconds)} s`,
    'idle-in-transaction': `has done nothing in its transaction for ${Math.round(seconds)} s`,
    'long-query': `runs one statement for ${Math.round(seconds)} s`,
  }[work];
  return `pid ${pid} (${user}, ${application || 'no name'}) ${does}: ${query.replaceAll(/\s+/g, ' ').slice(0, 120)}`;
}
