import * as z from 'zod';
import { connectionUsage, type DatabaseActivity } from './database-activity.ts';

/** What the server did since its statistics were reset. */
export const WorkloadFacts = z.object({
  /** Share of the pages that were found in memory, 0 to 1; null before anything was read. */
  cacheHitRatio: z.number().nullable(),
  /** Bytes that sorts and joins wrote to disk for lack of memory. */
  temporaryBytes: z.number().nonnegative(),
  deadlocks: z.number().nonnegative(),
  /** Transactions since the oldest row that is not frozen, of any database: at 2^31 the server takes no more writes. */
  oldestTransactionAge: z.number().nonnegative(),
  /** Tables with more dead rows than a fifth of the living. */
  bloatedTables: z.array(z.string()),
});
export type WorkloadFacts = z.infer<typeof WorkloadFacts>;

interface Advice {
  readonly applies: (activity: DatabaseActivity, facts: WorkloadFacts) => boolean;
  readonly text: string;
}

const GIBIBYTE = 1024 ** 3;
/** Where RDS itself begins to warn (RDS User Guide, "MaximumUsedTransactionIDs"). */
const WORRYING_TRANSACTION_AGE = 1_000_000_000;

const ADVICE: readonly Advice[] = [
  {
    applies: (activity) => connectionUsage(activity) > 0.8,
    text: 'Connections: put RDS Proxy or a pooler in front, or raise max_connections with a larger instance class',
  },
  {
    applies: (_activity, { cacheHitRatio }) => cacheHitRatio !== null && cacheHitRatio < 0.95,
    text: 'Memory: the working set does not fit; choose an instance class with more memory',
  },
  {
    applies: (_activity, { temporaryBytes }) => temporaryBytes > 10 * GIBIBYTE,
    text: 'work_mem: sorts and joins spill to disk; raise it for the users that run reports',
  },
  {
    applies: (activity) => activity.longestQuerySeconds > 60,
    text: 'Reports: run them on a read replica, and give their users a statement_timeout',
  },
  {
    applies: (activity, { deadlocks }) => activity.blockedSessions > 0 || deadlocks > 100,
    text: 'Locks: give application users a lock_timeout and idle_in_transaction_session_timeout',
  },
  {
    applies: (_activity, { bloatedTables }) => bloatedTables.length > 0,
    text: 'Vacuum: dead rows pile up; make autovacuum of these tables more eager, and look for who holds old rows back',
  },
  {
    applies: (_activity, { oldestTransactionAge }) => oldestTransactionAge > WORRYING_TRANSACTION_AGE,
    text: 'Transaction numbers run out: VACUUM (FREEZE) the oldest tables now; at 2^31 the server takes no more writes',
  },
];

/** SOP `database_optimization`: what people should scale or set, from what was measured. Empty when nothing stands out. */
export function adviseScaling(activity: DatabaseActivity, facts: WorkloadFacts): string[] {
  return ADVICE.filter(({ applies }) => applies(activity, facts)).map(({ text }) => text);
}
