import * as z from 'zod';
import { isLost, readinessOf } from '../database/readiness.ts';
import type { ReplicaPosition } from '../database/standbys.ts';
import { secondsBetween } from '../lambda/clock.ts';

/** One way to have a database again that is down, with what it is expected to cost. */
export const Alternative = z.object({
  strategy: z.enum(['connection-restore', 'multi-az-failover', 'replica-promotion', 'point-in-time-restore']),
  /** The instance that would serve, or be restored from. */
  subject: z.string(),
  possible: z.boolean(),
  selected: z.boolean(),
  /** Seconds of commits that would be lost at most, counted back from when the trouble was noticed; null when nobody can say. */
  expectedRpoSeconds: z.number().nonnegative().nullable(),
  /** Until the database serves again; null when it depends on people. */
  expectedRtoSeconds: z.number().nonnegative().nullable(),
  /** Whether the time was learned from earlier ones here, or is what is typical of RDS. */
  rtoLearned: z.boolean(),
  /** Why it was selected, rejected, or is not possible. */
  reason: z.string(),
});
export type Alternative = z.infer<typeof Alternative>;

/** How long something is expected to take. */
export interface ExpectedTime {
  readonly seconds: number;
  readonly learned: boolean;
}

/** What is known when a database is down. */
export interface DownFacts {
  readonly identifier: string;
  /** What RDS says; null when it could not be asked. */
  readonly status: string | null;
  /** The rule by which it was found down, e.g. `ConnectionRefused`. */
  readonly rule: string;
  /** When the trouble was first noticed. */
  readonly noticedAt: string;
  readonly multiAz: boolean;
  readonly latestRestorableTime: string | null;
  readonly replicas: readonly ReplicaPosition[];
  readonly times: Readonly<Record<'start' | 'restart' | 'failover' | 'promotion' | 'restore', ExpectedTime>>;
}

type Weighed = Omit<Alternative, 'selected'>;

/** Only people end these; nothing is lost meanwhile. */
const FOR_PEOPLE = /^(storage-full|incompatible-|inaccessible-|insufficient-)/;
/** The server is dead, and nothing else: what a standby in another zone is for. */
const SERVER_DEAD = 'ConnectionRefused';

/**
 * Every way to have a database again that is down and whose data nobody has found damaged, the selected one first. Selected is what
 * loses least, and of those the quickest: a replica never wins from a restore that loses less, and never when nobody knows how far it is.
 * Not to be asked about damaged data: standby and replicas have the damage too.
 */
export function weighAlternatives(facts: DownFacts): Alternative[] {
  const weighed = [
    restoreConnection(facts),
    failOver(facts),
    ...facts.replicas.map((replica) => promote(facts, replica)),
    restore(facts),
  ];
  const [best] = weighed.filter(isEligible).toSorted(byLossThenTime);
  return weighed
    .map((alternative) => ({
      ...alternative,
      selected: alternative === best,
      reason:
        alternative === best || !isEligible(alternative)
          ? alternative.reason
          : `${alternative.reason}; ${worse(alternative, best)}`,
    }))
    .toSorted((left, right) => Number(right.selected) - Number(left.selected));
}

function isEligible({ possible, expectedRpoSeconds }: Weighed): boolean {
  return possible && expectedRpoSeconds !== null;
}

function byLossThenTime(left: Weighed, right: Weighed): number {
  const loss = (left.expectedRpoSeconds ?? 0) - (right.expectedRpoSeconds ?? 0);
  const time = (left.expectedRtoSeconds ?? Number.MAX_VALUE) - (right.expectedRtoSeconds ?? Number.MAX_VALUE);
  return loss !== 0 ? loss : time;
}

function worse(alternative: Weighed, best: Weighed | undefined): string {
  const losesMore = (alternative.expectedRpoSeconds ?? 0) > (best?.expectedRpoSeconds ?? 0);
  return losesMore ? 'rejected because it loses more' : 'rejected because it takes longer';
}

/** Start what was stopped, wait for what restarts, or tell people what to repair: the data stays where it is. */
function restoreConnection({ identifier, status, times }: DownFacts): Weighed {
  const named = { strategy: 'connection-restore' as const, subject: identifier, expectedRpoSeconds: 0 };
  if (status !== null && isLost(status))
    return impossible({ ...named, reason: `RDS says ${status}: no start brings it back` });
  if (status !== null && FOR_PEOPLE.test(status)) {
    const reason = `RDS says ${status}: people repair that, and nothing is lost meanwhile`;
    return { ...named, possible: true, expectedRtoSeconds: null, rtoLearned: false, reason };
  }
  const stopped = status !== null && /^stopp(ed|ing)$/.test(status);
  return {
    ...named,
    ...expected(stopped ? times.start : times.restart),
    possible: true,
    reason: stopped ? 'It was stopped and can be started' : 'RDS restarts a dead server by itself',
  };
}

function failOver({ identifier, status, rule, multiAz, times }: DownFacts): Weighed {
  const named = { strategy: 'multi-az-failover' as const, subject: identifier, expectedRpoSeconds: 0 };
  if (!multiAz) return impossible({ ...named, reason: 'It is not Multi-AZ: there is no standby' });
  if (status === null || readinessOf(status) !== 'ready')
    return impossible({
      ...named,
      reason: `RDS fails over only from available, and says ${status ?? 'nothing'}`,
    });
  if (rule !== SERVER_DEAD)
    return impossible({
      ...named,
      reason: `${rule}: the server is not dead, and a failover would only restart it`,
    });
  return {
    ...named,
    ...expected(times.failover),
    possible: true,
    reason: 'The standby has every acknowledged commit',
  };
}

function promote(
  facts: DownFacts,
  { identifier, status, replayedUntil, obstacle }: ReplicaPosition,
): Weighed {
  const expectedRpoSeconds = replayedUntil === null ? null : lost(replayedUntil, facts);
  const named = { strategy: 'replica-promotion' as const, subject: identifier, expectedRpoSeconds };
  if (replayedUntil === null)
    return impossible({
      ...named,
      reason: `Nobody knows how far it has come: ${obstacle ?? 'it does not say'}`,
    });
  if (readinessOf(status) !== 'ready') return impossible({ ...named, reason: `RDS says ${status} of it` });
  return {
    ...named,
    ...expected(facts.times.promotion),
    possible: true,
    reason: `It has replayed all commits until ${replayedUntil}`,
  };
}

function restore(facts: DownFacts): Weighed {
  const { identifier, latestRestorableTime } = facts;
  const named = { strategy: 'point-in-time-restore' as const, subject: identifier };
  if (latestRestorableTime === null)
    return impossible({
      ...named,
      expectedRpoSeconds: null,
      reason: 'RDS names no time that could be restored',
    });
  return {
    ...named,
    ...expected(facts.times.restore),
    expectedRpoSeconds: lost(latestRestorableTime, facts),
    possible: true,
    reason: `RDS can restore all commits until ${latestRestorableTime}`,
  };
}

/**
 * What is lost when everything up to a moment is kept: counted from the latest moment that any of them shows, lest two that differ both
 * show nothing lost because the database went on after the trouble was noticed.
 */
function lost(keptUntil: string, { noticedAt, latestRestorableTime, replicas }: DownFacts): number {
  const moments = [latestRestorableTime, ...replicas.map(({ replayedUntil }) => replayedUntil)];
  return [noticedAt, ...moments].reduce(
    (most, moment) => Math.max(most, moment === null ? 0 : secondsBetween(keptUntil, moment)),
    0,
  );
}

function expected({ seconds, learned }: ExpectedTime) {
  return { expectedRtoSeconds: seconds, rtoLearned: learned };
}

function impossible(named: Pick<Weighed, 'strategy' | 'subject' | 'expectedRpoSeconds' | 'reason'>): Weighed {
  return { ...named, possible: false, expectedRtoSeconds: null, rtoLearned: false };
}
