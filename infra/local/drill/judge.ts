import type { TimelineEvent } from '../../../shared/incident/timeline-event.ts';
import type { Grant, PermissionUse } from '../front-door/permission-ledger.ts';
import type { TradingServices } from '../laptop/trading-services.ts';
import type { Laptop } from '../laptop.ts';
import { readTradingView } from '../platform/emergency-api.ts';
import type { RdsPhase } from '../rds/rds-context.ts';
import { readDataAfter } from './data-after.ts';
import { type ExecutionWatch, statesOfResponse } from './execution-watch.ts';
import { checkExpectations } from './expectations.ts';
import type { KeptRecords } from './kept-records.ts';
import {
  haltedAtMillis,
  measure,
  type Observations,
  restorePointInUse,
  timelineProblems,
  timeSpent,
} from './measure.ts';
import { openConsole } from './operator-console.ts';
import type { DrillDocuments, DrillResult } from './result.ts';
import type { DrillClock } from './run-drill.ts';
import { breaksPlatform, type Scenario } from './scenario.ts';
import { type DataVerdict, judgeData, type SeededRows } from './verdict.ts';

/** Everything that a drill left behind. */
export interface Rehearsal {
  readonly result: DrillResult;
  readonly documents: DrillDocuments;
  /** What the roles of the template used and did not use. */
  readonly permissions: { readonly uses: readonly PermissionUse[]; readonly grants: readonly Grant[] };
}

/** What is judged, while the laptop still stands and nobody trades any more. */
export interface Trial {
  readonly scenario: Scenario;
  readonly laptop: Laptop;
  readonly records: KeptRecords;
  readonly watch: ExecutionWatch;
  readonly trading: TradingServices;
  readonly seededBefore: SeededRows;
  readonly phases: readonly RdsPhase[];
  /** What is known to be wrong already. */
  readonly problems: readonly string[];
  readonly clock: DrillClock;
}

/** Measures, judges the data, checks the expectations and collects the documents. */
export async function judge(trial: Trial): Promise<Rehearsal> {
  const { scenario, laptop, records, watch, trading, clock } = trial;
  const [timeline = []] = await records.timelines();
  const tradingState = await readTradingView(
    laptop.emergencyApi,
    laptop.emergencyToken,
    AbortSignal.timeout(5000),
  );
  const observations: Observations = {
    timeline,
    states: statesOfResponse(watch),
    tradingState,
    phases: trial.phases,
    faultAtMillis: scenario.faults.some(breaksPlatform) ? clock.firstFaultAtMillis : null,
    endedAtMillis: clock.procedureEndedAtMillis,
  };
  const haltedAt = haltedAtMillis(timeline);
  const resumedAt = haltedAt !== null && tradingState.state === 'ACTIVE' ? tradingState.changedAt : null;
  const data = await verdictOn(trial, timeline, resumedAt);
  const measured = measure(observations, data);
  const documents = await documentsOf(laptop, timeline);
  const expectations = checkExpectations(scenario.expect, measured);
  const deniedCalls = deniedCallsOf(laptop);
  const problems = [
    ...trial.problems,
    ...timelineProblems(timeline),
    ...deniedCalls.map((call) => `without permission: ${call}`),
    ...expectations
      .filter(({ passed }) => !passed)
      .map(({ name, rule, expected }) => `${name}: expected ${rule} ${JSON.stringify(expected)}`),
  ];
  const { rpoSeconds: reportedRpoSeconds } = measured.metrics;
  const result: DrillResult = {
    scenario: scenario.name,
    summary: scenario.summary,
    passed: problems.length === 0,
    problems,
    incidentId: timeline[0]?.incidentId ?? null,
    severity: measured.severity,
    recovery: measured.recovery,
    trading: measured.trading,
    status: measured.status,
    states: measured.states,
    metrics: { ...measured.metrics, rpoSeconds: data.rpoSeconds, reportedRpoSeconds },
    data,
    expectations,
    orders: ordersOf(trading, haltedAt, resumedAt),
    time: timeSpent(observations, resumedAt),
    seconds: secondsOf(clock),
    databases: laptop.platform.rds.databases().map(({ identifier }) => identifier),
    deniedCalls,
    timeScale: scenario.timeScale,
    startedAt: new Date(clock.startedAtMillis).toISOString(),
  };
  return {
    result,
    documents,
    permissions: { uses: laptop.account.authorizer.uses(), grants: laptop.account.authorizer.grants() },
  };
}

async function verdictOn(
  { scenario, laptop, trading, seededBefore }: Trial,
  timeline: readonly TimelineEvent[],
  resumedAt: string | null,
): Promise<DataVerdict> {
  const after = await readDataAfter(
    laptop.platform.adminConnection(),
    scenario.platform.trades,
    laptop.protectedPlatform.data,
  );
  return judgeData({
    seededBefore,
    acknowledged: trading.writers.record.trades(),
    after,
    restorePoint: restorePointInUse(timeline),
    resumedAt,
  });
}

/** The first halt counts: how long orders were still accepted after the state had changed. */
function ordersOf(
  { writers }: TradingServices,
  haltedAt: number | null,
  resumedAt: string | null,
): DrillResult['orders'] {
  const { accepted, failed } = writers.counts();
  const until = resumedAt === null ? Number.POSITIVE_INFINITY : Date.parse(resumedAt);
  const last = writers.record
    .trades()
    .findLast(({ acknowledgedAtMillis }) => acknowledgedAtMillis < until)?.acknowledgedAtMillis;
  return {
    accepted,
    failed,
    haltToLastOrderMillis: haltedAt === null || last === undefined ? null : Math.max(0, last - haltedAt),
  };
}

function deniedCallsOf({ account }: Laptop): string[] {
  return account.authorizer
    .uses()
    .filter(({ allowed }) => !allowed)
    .map(({ principal, action, resources }) => `${principal} ${action} ${resources.join(' ')}`);
}

function secondsOf(clock: DrillClock): DrillResult['seconds'] {
  return {
    start: (clock.laptopStoodAtMillis - clock.startedAtMillis) / 1000,
    untilFault: (clock.firstFaultAtMillis - clock.laptopStoodAtMillis) / 1000,
    procedure: (clock.procedureEndedAtMillis - clock.firstFaultAtMillis) / 1000,
    total: (Date.now() - clock.startedAtMillis) / 1000,
  };
}

/** The first operator watches the response in the console and reads its report. */
async function documentsOf(laptop: Laptop, timeline: readonly TimelineEvent[]): Promise<DrillDocuments> {
  const incidentId = timeline[0]?.incidentId;
  const [operator] = laptop.operators;
  if (incidentId === undefined || operator === undefined) {
    return { timeline, markdown: undefined, html: undefined };
  }
  const console = openConsole(laptop, operator);
  try {
    await console.watchLatestResponse();
    return { timeline, ...(await console.readReport(incidentId)) };
  } finally {
    console.close();
  }
}
