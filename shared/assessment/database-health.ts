import type { Unread } from '../database/data-observation.ts';
import type { DatabaseActivity } from '../database/database-activity.ts';
import { connectionUsage } from '../database/database-activity.ts';
import type { DatabaseDamage } from './damage.ts';
import { DEGRADED_LATENCY_MILLIS } from './latency.ts';

/** Everything that was measured about the database's health. */
export interface DatabaseFacts {
  /** What RDS says; null when it could not be asked. */
  readonly rdsStatus: string | null;
  /** Why no session could be had: a SQLSTATE or an errno; null when one could. */
  readonly connectionFault: string | null;
  readonly connectionMessage: string | null;
  readonly activity: DatabaseActivity | null;
  /** Critical tables or indexes that could not be read, by name. */
  readonly unreadable: Readonly<Record<string, Unread>>;
}

/** States in which RDS itself says that nobody can connect, now or ever. */
const DOWN_STATUS =
  /^(stopped|stopping|failed|deleting|inaccessible-|incompatible-|storage-full|restore-error)/;

/** A query of this age delays others; the SOP names no number, its longest tolerated latency is one second. */
const LONG_QUERY_SECONDS = 60;
/** Nobody notices a lock that is held for less (SOP P1: latency above one second). */
const LONG_BLOCKING_SECONDS = 2;
const EXHAUSTED_USAGE = 0.95;

interface Verdict {
  readonly status: DatabaseDamage['status'];
  readonly reason: string;
}

interface HealthRule {
  readonly name: string;
  /** Undefined when the rule does not apply. */
  readonly judge: (facts: DatabaseFacts) => Verdict | undefined;
}

/** In the order of gravity: the first rule that applies decides. */
const RULES: readonly HealthRule[] = [
  {
    name: 'DataCorrupted',
    judge: ({ unreadable, connectionFault }) => {
      const damaged = Object.entries(unreadable).filter(([, { state }]) => state === 'unreadable');
      if (damaged.length > 0)
        return corrupted(damaged.map(([name, { reason }]) => `${name}: ${reason}`).join('; '));
      return /^XX00[12]$/.test(connectionFault ?? '') ? corrupted('the catalog cannot be read') : undefined;
    },
  },
  {
    name: 'InstanceNotAvailable',
    judge: ({ rdsStatus, connectionFault }) =>
      rdsStatus !== null &&
      (DOWN_STATUS.test(rdsStatus) || (connectionFault !== null && !isUsable(rdsStatus)))
        ? { status: 'down', reason: `RDS says ${rdsStatus}` }
        : undefined,
  },
  {
    name: 'ConnectionSlotsExhausted',
    judge: ({ connectionFault, connectionMessage, activity }) => {
      if (connectionFault === '53300') return connectionLost(connectionMessage ?? 'no slot is left');
      if (activity === null || connectionUsage(activity) < EXHAUSTED_USAGE) return undefined;
      return connectionLost(`${activity.takenSlots} of ${activity.ordinarySlots} ordinary slots are taken`);
    },
  },
  {
    name: 'AuthenticationFailed',
    judge: ({ connectionFault, connectionMessage }) =>
      connectionFault !== null && /^28/.test(connectionFault)
        ? connectionLost(connectionMessage ?? 'the sign-in was refused')
        : undefined,
  },
  {
    name: 'ServerStarting',
    judge: ({ connectionFault }) =>
      connectionFault !== null && /^57P0/.test(connectionFault)
        ? { status: 'down', reason: 'The server starts, stops or recovers' }
        : undefined,
  },
  {
    name: 'ConnectionTimedOut',
    judge: ({ connectionFault, connectionMessage }) =>
      connectionFault === 'ETIMEDOUT' ? connectionLost(connectionMessage ?? 'no answer') : undefined,
  },
  {
    name: 'ConnectionRefused',
    judge: ({ connectionFault, connectionMessage }) =>
      connectionFault === null
        ? undefined
        : { status: 'down', reason: connectionMessage ?? `The server does not answer (${connectionFault})` },
  },
  {
    name: 'ProbeSlow',
    judge: ({ activity }) =>
      activity !== null && activity.probeLatencyMillis > DEGRADED_LATENCY_MILLIS
        ? degraded(`A fresh connection took ${activity.probeLatencyMillis} ms to answer`)
        : undefined,
  },
  {
    name: 'LocksWaiting',
    judge: ({ activity }) =>
      activity !== null && activity.longestBlockingSeconds >= LONG_BLOCKING_SECONDS
        ? degraded(
            `${activity.blockedSessions} sessions wait for a transaction that is ${Math.round(activity.longestBlockingSeconds)} s old`,
          )
        : undefined,
  },
  {
    name: 'LongQueries',
    judge: ({ activity }) =>
      activity !== null && activity.longestQuerySeconds >= LONG_QUERY_SECONDS
        ? degraded(`A query runs for ${Math.round(activity.longestQuerySeconds)} s`)
        : undefined,
  },
  {
    name: 'Healthy',
    judge: ({ activity }) =>
      activity === null
        ? undefined
        : { status: 'healthy', reason: `A fresh connection answers in ${activity.probeLatencyMillis} ms` },
  },
];

/** What is found of the database itself. */
export type DatabaseHealth = Omit<DatabaseDamage, 'replicas'>;

/** SOP step 2, `check_database_health`: the first named rule that applies to the measured facts. */
export function judgeDatabaseHealth(facts: DatabaseFacts): DatabaseHealth {
  for (const { name, judge } of RULES) {
    const verdict = judge(facts);
    if (verdict !== undefined) return { rule: name, ...verdict, facts: measured(facts) };
  }
  return {
    rule: 'NothingMeasured',
    status: 'unknown',
    reason: 'Neither RDS nor the database said anything',
    facts: measured(facts),
  };
}

/** RDS serves clients in these states, as far as it knows. */
function isUsable(status: string): boolean {
  return /^(available|backing-up|storage-optimization|modifying|configuring-|storage-config-upgrade|storage-initialization)/.test(
    status,
  );
}

function measured({
  rdsStatus,
  connectionFault,
  activity,
  unreadable,
}: DatabaseFacts): DatabaseDamage['facts'] {
  return {
    rdsStatus,
    connectionFault,
    unreadable: Object.keys(unreadable).join(', ') || null,
    ...(activity === null ? {} : { ...activity, connectionUsage: connectionUsage(activity) }),
  };
}

function corrupted(reason: string): Verdict {
  return { status: 'corrupted', reason };
}

function connectionLost(reason: string): Verdict {
  return { status: 'connection-lost', reason };
}

function degraded(reason: string): Verdict {
  return { status: 'degraded', reason };
}
