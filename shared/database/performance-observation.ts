import * as z from 'zod';
import { BusySession } from './busy-session.ts';
import { listBusySessions } from './busy-sessions.ts';
import { DatabaseActivity, observeActivity } from './database-activity.ts';
import { findStandingChains, LockChain } from './lock-chains.ts';
import type { DatabaseSession } from './postgres.ts';
import { adviseScaling, WorkloadFacts } from './scaling-advice.ts';
import { lookSeveralTimes } from './several-looks.ts';
import { chooseStaleTables, isBloated, observeUpkeep, TableUpkeep } from './table-upkeep.ts';
import { observeWorkload } from './workload-facts.ts';
import { listWorstQueries, WorstQueries } from './worst-queries.ts';

/** So many of each kind are kept; their number is kept in any case. */
const MOST_KEPT = 20;
/** Less than the policy may name is not worth a line: nobody is ended who was not seen here. */
const NOTABLE_SECONDS = 1;

/** Why a database is slow, as far as it can say so itself. */
export const PerformanceObservation = z.object({
  activity: DatabaseActivity,
  /** Roots of lock queues, the one that holds up most first. */
  lockChains: z.array(LockChain),
  /** Of those that wait for nobody. */
  longQueries: z.array(BusySession),
  idleInTransaction: z.array(BusySession),
  worstQueries: WorstQueries,
  /** With many dead rows. */
  bloatedTables: z.array(TableUpkeep),
  /** Whose statistics mislead the planner. */
  staleTables: z.array(TableUpkeep),
  workload: WorkloadFacts,
  /** What people should scale or set. */
  advice: z.array(z.string()),
});
export type PerformanceObservation = z.infer<typeof PerformanceObservation>;

/**
 * Looks for every known reason at once. Reads statistics of the server alone.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observePerformance(session: DatabaseSession): Promise<PerformanceObservation> {
  const activity = await observeActivity(session);
  const looks = await lookSeveralTimes(session, listBusySessions);
  const sessions = looks.at(-1) ?? looks[0];
  const clients = sessions.filter(({ kind }) => kind === 'client' || kind === 'superuser');
  const upkeep = await observeUpkeep(session);
  const workload = await observeWorkload(session, upkeep.tables);
  const longest = (seconds: (session: BusySession) => number) =>
    clients
      .filter((session) => seconds(session) >= NOTABLE_SECONDS)
      .toSorted((left, right) => seconds(right) - seconds(left))
      .slice(0, MOST_KEPT);
  return {
    activity,
    lockChains: findStandingChains(looks).slice(0, MOST_KEPT),
    longQueries: longest(({ querySeconds, blockedBy }) => (blockedBy.length === 0 ? querySeconds : 0)),
    idleInTransaction: longest(({ state, stateSeconds }) =>
      state.startsWith('idle in transaction') ? stateSeconds : 0,
    ),
    worstQueries: await listWorstQueries(session),
    bloatedTables: upkeep.tables.filter(isBloated).slice(0, MOST_KEPT),
    staleTables: chooseStaleTables(upkeep).slice(0, MOST_KEPT),
    workload,
    advice: adviseScaling(activity, workload),
  };
}

/** What stands out, in one line. */
export function observationText(observation: PerformanceObservation): string {
  const { lockChains, longQueries, idleInTransaction, worstQueries, bloatedTables, staleTables, activity } =
    observation;
  const [worstChain] = lockChains;
  const [worstQuery] = worstQueries.queries;
  return [
    worstChain === undefined
      ? 'nobody waits for a lock'
      : `pid ${worstChain.root.pid} (${worstChain.root.user}, ${worstChain.root.application || 'no name'}) holds ${worstChain.waiting} sessions up, ${worstChain.depth} deep, for up to ${Math.round(worstChain.longestWaitSeconds)} s`,
    `${longQueries.length} long statements, ${idleInTransaction.length} idle transactions`,
    worstQueries.unavailable ??
      (worstQuery === undefined
        ? 'no statement was counted yet'
        : `most time went to a statement of ${worstQuery.user} (${worstQuery.calls} calls, ${worstQuery.meanMillis.toFixed(1)} ms each)`),
    `${bloatedTables.length} bloated tables, ${staleTables.length} with stale statistics`,
    `${activity.takenSlots} of ${activity.ordinarySlots} slots taken`,
  ].join('; ');
}
